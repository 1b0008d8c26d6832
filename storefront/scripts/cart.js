/** The cart: how many of what, and the payment method, kept over reloads and shared by all tabs. */

import { read, whenChangedElsewhere, write } from "./keeping.js";

const KEY = "cart";
const MOST_PIECES = 10_000;
const MOST_LINES = 50;

export class Cart extends EventTarget {
  #lines = new Map();
  #method = null;

  constructor() {
    super();
    this.#load();
    whenChangedElsewhere(KEY, () => {
      this.#load();
      this.#tell();
    });
  }

  /** The lines in the order in which they came: `{sku, quantity}`. */
  get lines() {
    return [...this.#lines].map(([sku, quantity]) => ({ sku, quantity }));
  }

  get pieces() {
    return [...this.#lines.values()].reduce((all, next) => all + next, 0);
  }

  get isEmpty() {
    return this.#lines.size === 0;
  }

  get method() {
    return this.#method;
  }

  set method(method) {
    this.#method = method;
    this.#save();
  }

  quantityOf(sku) {
    return this.#lines.get(sku) ?? 0;
  }

  /** Says whether there was room for it. */
  add(sku) {
    if (!this.#lines.has(sku) && this.#lines.size >= MOST_LINES) return false;
    this.set(sku, this.quantityOf(sku) + 1);
    return true;
  }

  /** Sets how many pieces there are; none takes the line out. */
  set(sku, quantity) {
    if (quantity <= 0) this.#lines.delete(sku);
    else this.#lines.set(sku, Math.min(quantity, MOST_PIECES));
    this.#save();
  }

  /** Puts an order's lines back, beside whatever else has come in since. */
  restore(lines) {
    for (const { sku, quantity } of lines) this.#lines.set(sku, quantity);
    this.#save();
  }

  clear() {
    this.#lines.clear();
    this.#save();
  }

  #load() {
    const { lines = [], method = null } = read(KEY, {}) ?? {};
    this.#lines = new Map(lines.filter(isLine).map(({ sku, quantity }) => [sku, quantity]));
    this.#method = method;
  }

  #save() {
    write(KEY, { lines: this.lines, method: this.#method });
    this.#tell();
  }

  #tell() {
    this.dispatchEvent(new Event("changed"));
  }
}

function isLine(line) {
  return typeof line?.sku === "string" && Number.isInteger(line.quantity) && line.quantity > 0;
}
