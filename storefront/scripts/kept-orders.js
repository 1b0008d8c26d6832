/** The orders of this browser: what opens each is kept here, and never in an address. */

import { read, write } from "./keeping.js";

const KEY = "orders";
const MOST = 20;

/** Keeps an order that was just placed: `{id, token, links, placed_at, lines, total, method}`. */
export function keep(order) {
  write(KEY, [order, ...kept().filter(({ id }) => id !== order.id)].slice(0, MOST));
}

/** Answers the orders, newest first. */
export function kept() {
  const orders = read(KEY, []);
  return Array.isArray(orders) ? orders.filter((order) => order?.id && order?.token) : [];
}

export function find(id) {
  return kept().find((order) => order.id === id);
}

/** Keeps the last update beside the order, so that a reload shows at once what was known. */
export function keepUpdate(id, update) {
  write(
    KEY,
    kept().map((order) => (order.id === id ? { ...order, update } : order)),
  );
}
