/** The cart on the page: its lines, what is short of each, and the total. */

import { announce } from "./announcing.js";
import { artOf } from "./art.js";
import { byId, element, say } from "./dom.js";
import { money, sum, times } from "./format.js";
import { texts } from "./texts.js";

const words = texts.cart;

export class CartView {
  #rows = new Map();
  #isInView = false;
  #shortages = new Map();

  constructor(cart, catalogue) {
    this.cart = cart;
    this.catalogue = catalogue;
    cart.addEventListener("changed", () => this.show());
    catalogue.addEventListener("changed", () => this.show());
    new IntersectionObserver(([seen]) => {
      this.#isInView = seen.isIntersecting;
      this.#showBar();
    }).observe(byId("cart"));
  }

  /** The lines that can be ordered, as the shopper sees them: with name and price. */
  get lines() {
    return this.cart.lines
      .map((line) => ({ ...line, product: this.catalogue.get(line.sku) }))
      .filter(({ product }) => product !== undefined)
      .map(({ sku, quantity, product }) => ({
        sku,
        quantity,
        name: product.name,
        unit_price: product.unit_price,
      }));
  }

  /** The total that the shopper sees; none of an empty cart. */
  get total() {
    const { lines } = this;
    return lines.length === 0
      ? null
      : sum(lines.map((line) => times(line.unit_price, line.quantity)));
  }

  /** Marks what there is too little of, until the line is changed. */
  mark(shortages) {
    this.#shortages = new Map(shortages.map((shortage) => [shortage.sku, shortage]));
    this.show();
  }

  show() {
    const lines = this.cart.lines;
    const kept = new Set(lines.map(({ sku }) => sku));
    for (const [sku, row] of this.#rows) {
      if (!kept.has(sku)) this.#drop(sku, row);
    }
    for (const line of lines) this.#showOne(line);
    const { total } = this;
    byId("cart-empty").hidden = lines.length > 0;
    byId("checkout").hidden = total === null;
    say(byId("total"), total ? money(total) : "");
    this.#showBar();
  }

  /** The way to the cart, for as long as it is out of sight. */
  #showBar() {
    const { total } = this;
    byId("cart-bar").hidden = total === null || this.#isInView;
    if (total) say(byId("cart-bar-text"), words.to_cart(this.cart.pieces, money(total)));
  }

  #showOne({ sku, quantity }) {
    const product = this.catalogue.get(sku);
    const row = this.#rowOf(sku);
    const name = product?.name ?? sku;
    const shortage = this.#shortages.get(sku);
    const short = shortage !== undefined && quantity > shortage.available;
    say(row.name, name);
    say(row.each, product ? words.each(money(product.unit_price)) : words.unknown);
    say(row.price, product ? money(times(product.unit_price, quantity)) : "");
    say(row.short, short ? words.short(shortage.available) : "");
    row.root.toggleAttribute("data-short", short);
    if (document.activeElement !== row.quantity) row.quantity.value = quantity;
    row.quantity.setAttribute("aria-label", words.quantity(name));
    if (short) row.quantity.setAttribute("aria-describedby", row.short.id);
    else row.quantity.removeAttribute("aria-describedby");
    row.more.setAttribute("aria-label", words.more(name));
    row.fewer.setAttribute("aria-label", words.fewer(name));
    row.remove.setAttribute("aria-label", words.remove(name));
  }

  #rowOf(sku) {
    if (!this.#rows.has(sku)) {
      const row = this.#build(sku);
      this.#rows.set(sku, row);
      byId("cart-lines").append(row.root);
    }
    return this.#rows.get(sku);
  }

  #build(sku) {
    const row = {
      name: element("span", { class: "line-name" }),
      each: element("span", { class: "line-each" }),
      price: element("span", { class: "line-price" }),
      short: element("p", { class: "line-short", id: `short-${sku}` }),
      quantity: element("input", {
        type: "number",
        min: 1,
        max: 10000,
        inputmode: "numeric",
        class: "quantity",
        onchange: (event) => this.#typed(sku, event.target),
      }),
      more: this.#step(sku, +1, "plus"),
      fewer: this.#step(sku, -1, "minus"),
    };
    row.remove = element(
      "button",
      { type: "button", class: "icon-button", onclick: () => this.#remove(sku) },
      element("span", { class: "icon icon-cross", "aria-hidden": "true" }),
    );
    row.root = element(
      "li",
      { class: "line", "data-sku": sku },
      element("img", { src: artOf(sku), alt: "", width: 56, height: 56 }),
      element("div", { class: "line-words" }, row.name, row.each),
      row.remove,
      element("div", { class: "stepper" }, row.fewer, row.quantity, row.more),
      row.price,
      row.short,
    );
    return row;
  }

  #step(sku, by, icon) {
    return element(
      "button",
      {
        type: "button",
        class: "icon-button",
        onclick: () => this.#change(sku, this.cart.quantityOf(sku) + by),
      },
      element("span", { class: `icon icon-${icon}`, "aria-hidden": "true" }),
    );
  }

  #typed(sku, input) {
    const quantity = Math.trunc(Number(input.value));
    if (quantity >= 1) this.cart.set(sku, quantity);
    input.value = this.cart.quantityOf(sku);
  }

  #change(sku, quantity) {
    if (quantity < 1) this.#remove(sku);
    else this.cart.set(sku, quantity);
  }

  #remove(sku) {
    announce(words.removed(this.catalogue.get(sku)?.name ?? sku), `cart:${sku}`);
    this.cart.set(sku, 0);
  }

  #drop(sku, row) {
    // Whoever took it out with the keyboard goes on from the cart, not from the top of the page.
    if (row.root.contains(document.activeElement)) byId("cart-title").focus();
    row.root.remove();
    this.#rows.delete(sku);
  }
}
