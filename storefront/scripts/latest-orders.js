/** The latest orders of the flow as a list: the way to each for those who can't point at a mark. */

import { element, say } from "./dom.js";
import { time } from "./format.js";
import { shortNumber } from "./recent-orders.js";
import { texts } from "./texts.js";

const MOST = 12;
const words = texts.operations;

export class LatestOrders {
  #orders = new Map();
  #rows = new Map();

  constructor(list, { onPick }) {
    this.list = list;
    this.onPick = onPick;
  }

  take(events) {
    for (const event of events) {
      const known = this.#orders.get(event.transaction_id);
      if (known && known.sequence >= event.sequence) continue;
      this.#orders.delete(event.transaction_id);
      this.#orders.set(event.transaction_id, event);
    }
    for (const id of [...this.#orders.keys()].slice(0, -MOST)) this.#orders.delete(id);
  }

  /** Shows them, the one that was heard of last on top; a row under somebody's finger stays. */
  show(selected) {
    for (const [id, row] of this.#rows) {
      if (this.#orders.has(id) || row.root.contains(document.activeElement)) continue;
      row.root.remove();
      this.#rows.delete(id);
    }
    for (const event of this.#orders.values()) this.#showOne(event, selected);
  }

  #showOne({ transaction_id: id, detail_type, occurred_at, status }, selected) {
    const isNew = !this.#rows.has(id);
    const row = isNew ? this.#build(id) : this.#rows.get(id);
    if (isNew) this.list.prepend(row.root);
    row.badge.dataset.status = status;
    say(row.badge, words.statuses[status] ?? status);
    if (row.event.textContent !== detail_type) row.event.replaceChildren(...breakable(detail_type));
    say(row.time, time(occurred_at));
    row.button.setAttribute("aria-pressed", String(id === selected));
  }

  #build(id) {
    const row = {
      badge: element("span", { class: "badge" }),
      event: element("span", { class: "latest-event" }),
      time: element("span", { class: "latest-time" }),
    };
    row.button = element(
      "button",
      { type: "button", class: "latest-order", onclick: () => this.onPick(id) },
      element("span", { class: "latest-number" }, shortNumber(id)),
      row.badge,
      row.event,
      row.time,
    );
    row.root = element("li", { "data-transaction": id }, row.button);
    this.#rows.set(id, row);
    return row;
  }
}

/** Answers an event's name so that a narrow column breaks it between its words. */
function breakable(name) {
  return name.split(/(?<=[a-z])(?=[A-Z])/).flatMap((word) => [element("wbr"), word]);
}
