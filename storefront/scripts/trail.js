/** One order's events: what came of what, and when. */

import { byId, element, focusOn, say } from "./dom.js";
import { kindOf, serviceOf } from "./event-kinds.js";
import { after, exactTime } from "./format.js";
import { texts } from "./texts.js";

const words = texts.operations;

export class Trail {
  #asked = 0;

  /** Fetches and shows an order's events; the last order asked for is the one that shows. */
  async open(id, fetchOrder) {
    this.#asked += 1;
    const asked = this.#asked;
    say(byId("trail-title"), texts.order.number(id));
    this.#show(words.loading);
    byId("trail-close").hidden = false;
    focusOn(byId("trail-title"));
    try {
      const { update, events } = await fetchOrder(id);
      if (asked === this.#asked) this.#show("", statusOf(update), tableOf(events));
    } catch (error) {
      if (asked === this.#asked) this.#show(words.not_loaded(error.message));
    }
  }

  /** Shows no order any more. */
  close() {
    this.#asked += 1;
    say(byId("trail-title"), words.one_order);
    byId("trail-close").hidden = true;
    this.#show(words.pick);
  }

  #show(sentence, ...parts) {
    say(byId("trail-words"), sentence);
    byId("trail-words").hidden = sentence === "";
    byId("trail-body").replaceChildren(...parts);
  }
}

function statusOf({ status }) {
  return element(
    "p",
    {},
    element("span", { class: "badge", "data-status": status }, words.statuses[status] ?? status),
  );
}

function tableOf(events) {
  const { step, service, event, cause, time } = words.columns;
  const headings = [step, event, service, cause, time];
  const start = Math.min(...events.map(({ occurred_at }) => Date.parse(occurred_at)));
  const end = Math.max(...events.map(({ occurred_at }) => Date.parse(occurred_at)));
  const bySequence = new Map(events.map((known) => [known.event_id, known]));
  return element(
    "div",
    { class: "table", tabindex: 0, role: "group", "aria-label": words.events },
    element(
      "table",
      {},
      element(
        "thead",
        {},
        element(
          "tr",
          {},
          headings.map((heading) => element("th", { scope: "col" }, heading)),
        ),
      ),
      element(
        "tbody",
        {},
        events.map((known) => rowOf(known, { bySequence, start, span: Math.max(1, end - start) })),
      ),
    ),
  );
}

function rowOf(
  { sequence, source, detail_type, causation_id, event_id, occurred_at, data },
  { bySequence, start, span },
) {
  const service = serviceOf(source);
  const since = Date.parse(occurred_at) - start;
  const cause = bySequence.get(causation_id);
  const bar = element("meter", { min: 0, max: span, value: since, "aria-hidden": "true" });
  return element(
    "tr",
    { "data-event": detail_type, "data-service": service },
    element("td", {}, String(sequence)),
    element(
      "th",
      { scope: "row" },
      element(
        "span",
        { class: "event-name" },
        element("img", {
          src: `art/marks/${kindOf(detail_type)}.svg`,
          alt: "",
          width: 12,
          height: 12,
        }),
        detail_type,
      ),
      element(
        "details",
        {},
        element("summary", {}, words.data),
        element("pre", {}, JSON.stringify({ event_id, causation_id, data }, null, 2)),
      ),
    ),
    element("td", {}, words.services[service] ?? service),
    element(
      "td",
      {},
      cause ? words.caused_by(cause.sequence, cause.detail_type) : words.caused_by_request,
    ),
    element("td", { class: "number" }, exactTime(occurred_at), element("br"), after(since), bar),
  );
}
