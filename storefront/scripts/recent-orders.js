/** The orders of this browser, as links to where each is followed. */

import { element } from "./dom.js";
import { dateAndTime, money } from "./format.js";
import { kept } from "./kept-orders.js";
import { texts } from "./texts.js";

const words = texts.orders;
const MOST = 5;

/** Fills the list and says whether there is anything in it. */
export function showRecentOrders(list) {
  const orders = kept().slice(0, MOST);
  list.replaceChildren(...orders.map(recentOrder));
  return orders.length > 0;
}

/** Answers the part of an order's number that people use. */
export function shortNumber(id) {
  return id.slice(0, 8).toUpperCase();
}

function recentOrder({ id, placed_at, total, update }) {
  const status = update?.status ?? "ACCEPTED";
  return element(
    "li",
    {},
    element(
      "a",
      { href: `order.html#${id}`, class: "recent" },
      element("span", { class: "recent-number" }, words.open(shortNumber(id))),
      element(
        "span",
        { class: "badge", "data-status": status },
        texts.operations.statuses[status] ?? status,
      ),
      element("span", { class: "recent-when" }, words.placed(dateAndTime(placed_at))),
      element("span", { class: "recent-total" }, total ? money(total) : ""),
    ),
  );
}
