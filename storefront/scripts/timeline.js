/** The timeline of an order: a mark for each segment, whichever segments there are. */

import { element, say } from "./dom.js";
import { dateAndTime, time } from "./format.js";
import { texts } from "./texts.js";

const FIRST = ["order", "inventory", "payments"];

const KINDS = {
  pending: ["pending"],
  waiting: ["action_required", "expired"],
  bad: ["failed", "declined", "capture_failed", "rejected", "cancelled"],
  undone: ["released", "voided", "refunded"],
};

export class Timeline {
  #segments = new Map();

  constructor(list) {
    this.list = list;
  }

  clear() {
    this.#segments.clear();
    this.list.replaceChildren();
  }

  /** Shows the segments; answers a sentence for each that has moved. */
  show(segments) {
    const shown = {
      ...Object.fromEntries(FIRST.map((name) => [name, { state: "pending" }])),
      ...segments,
    };
    const names = Object.keys(shown).sort(byPlace);
    return names.map((name) => this.#showOne(name, shown[name])).filter(Boolean);
  }

  #showOne(name, { state, at }) {
    const segment = this.#segmentOf(name);
    const moved = segment.root.dataset.state !== state;
    segment.root.dataset.state = state;
    segment.root.dataset.kind = kindOf(state);
    say(segment.state, stateInWords(name, state));
    say(segment.time, at ? time(at) : "");
    segment.time.title = at ? dateAndTime(at) : "";
    if (at) segment.time.dateTime = at;
    return (
      moved &&
      state !== "pending" &&
      name !== "order" &&
      `${nameInWords(name)}: ${stateInWords(name, state)}.`
    );
  }

  #segmentOf(name) {
    if (!this.#segments.has(name)) this.#segments.set(name, this.#add(name));
    return this.#segments.get(name);
  }

  #add(name) {
    const parts = {
      state: element("div", { class: "segment-state" }),
      time: element("time", { class: "segment-time" }),
    };
    parts.root = element(
      "li",
      { class: "segment", "data-segment": name },
      element("span", { class: "mark", "aria-hidden": "true" }, element("span", { class: "icon" })),
      element("div", {}, element("div", { class: "segment-name" }, nameInWords(name)), parts.state),
      parts.time,
    );
    const next = [...this.list.children].find((other) => byPlace(name, other.dataset.segment) < 0);
    this.list.insertBefore(parts.root, next ?? null);
    return parts;
  }
}

/** Answers a segment's name; one that the shop has no word for is told as it is called. */
export function nameInWords(name) {
  return texts.segments[name] ?? asWords(name);
}

function stateInWords(name, state) {
  return texts.states[name]?.[state] ?? texts.states.any[state] ?? asWords(state);
}

function asWords(code) {
  const words = code.replaceAll("_", " ");
  return words.charAt(0).toUpperCase() + words.slice(1);
}

function kindOf(state) {
  return Object.keys(KINDS).find((kind) => KINDS[kind].includes(state)) ?? "good";
}

/** The known ones first, in the order of an order; then whatever else there is, by name. */
function byPlace(one, other) {
  const [a, b] = [one, other].map((name) =>
    FIRST.includes(name) ? FIRST.indexOf(name) : FIRST.length,
  );
  return a - b || one.localeCompare(other);
}
