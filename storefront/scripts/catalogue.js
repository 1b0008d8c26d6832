/** The products as far as this page has heard, and what is new of each. */

/** Upper bounds of what is told of a stock: checkout's word is the one that counts. */
const LEVELS = [
  [0, "sold_out"],
  [4, "few"],
  [19, "some"],
];

export class Catalogue extends EventTarget {
  #products = new Map();

  /** Takes the products as the shop lists them. */
  load(offers) {
    for (const { sku, name, unit_price, available } of offers) {
      this.#products.set(sku, { sku, name, unit_price, level: levelOf(available), was: null });
    }
    this.#tell({ sku: null });
  }

  get all() {
    return [...this.#products.values()];
  }

  get(sku) {
    return this.#products.get(sku);
  }

  /** Takes how a product stands by now, as the client tells it: in order. */
  hear({ sku, name, unit_price, available_at_most, in_stock }) {
    const known = this.#products.get(sku);
    const level = in_stock ? levelOf(available_at_most ?? Infinity) : "sold_out";
    const heard = { sku, name, unit_price, level, was: priceBefore(known, unit_price) };
    this.#products.set(sku, heard);
    this.#tell({
      sku,
      backInStock: known?.level === "sold_out" && level !== "sold_out",
      soldOut: known && known.level !== "sold_out" && level === "sold_out",
      repriced: known !== undefined && known.unit_price.amount !== unit_price.amount,
    });
  }

  /** Takes the prices that a refused checkout named. */
  reprice(lines) {
    for (const { sku, unit_price } of lines) {
      const known = this.#products.get(sku);
      if (!known) continue;
      this.#products.set(sku, { ...known, unit_price, was: priceBefore(known, unit_price) });
      this.#tell({ sku, repriced: known.unit_price.amount !== unit_price.amount });
    }
  }

  #tell(detail) {
    this.dispatchEvent(new CustomEvent("changed", { detail }));
  }
}

function levelOf(available) {
  return LEVELS.find(([most]) => available <= most)?.[1] ?? "plenty";
}

function priceBefore(known, now) {
  if (!known) return null;
  return known.unit_price.amount === now.amount ? known.was : known.unit_price;
}
