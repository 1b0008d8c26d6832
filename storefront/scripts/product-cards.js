/** The shelves: a card for each product, whose stock and price change while one looks at it. */

import { announce } from "./announcing.js";
import { artOf } from "./art.js";
import { byId, element, say } from "./dom.js";
import { money } from "./format.js";
import { read, write } from "./keeping.js";
import { notify } from "./notices.js";
import { texts } from "./texts.js";

const words = texts.products;
const WANTED = "wanted";

export class ProductCards {
  #cards = new Map();
  #visible = new Set();
  #wanted = new Set(read(WANTED, []));
  #observer = new IntersectionObserver((seen) => this.#see(seen), { rootMargin: "100px" });

  constructor(catalogue, cart, watching) {
    this.catalogue = catalogue;
    this.cart = cart;
    this.watching = watching;
    catalogue.addEventListener("changed", ({ detail }) => this.#hear(detail));
    cart.addEventListener("changed", () => this.#show());
  }

  /** The products whose stock matters just now: those waited for, in the cart, in view. */
  get looked() {
    return [...this.#wanted, ...this.cart.lines.map(({ sku }) => sku), ...this.#visible];
  }

  #hear({ sku, backInStock, soldOut, repriced }) {
    this.#show();
    if (!sku) return;
    const { name, unit_price } = this.catalogue.get(sku);
    if (repriced) announce(words.repriced(name, money(unit_price)), `price:${sku}`);
    if (soldOut) announce(words.gone(name), `stock:${sku}`);
    if (backInStock) this.#welcomeBack(sku, name);
  }

  #welcomeBack(sku, name) {
    this.#cards.get(sku)?.root.setAttribute("data-back", "");
    if (!this.#wanted.delete(sku)) {
      announce(words.back(name), `stock:${sku}`);
      return;
    }
    write(WANTED, [...this.#wanted]);
    this.#show();
    notify(`back:${sku}`, words.back(name), { label: words.add, run: () => this.#add(sku) });
  }

  #show() {
    for (const product of this.catalogue.all) this.#showOne(product);
    this.watching.changed();
  }

  #showOne(product) {
    const { sku, name, unit_price, level, was } = product;
    const card = this.#cardOf(product);
    const soldOut = level === "sold_out";
    const count = this.cart.quantityOf(sku);
    card.root.dataset.level = level;
    if (soldOut) card.root.removeAttribute("data-back");
    say(card.name, name);
    say(card.price, money(unit_price));
    say(card.was, was ? words.was(money(was)) : "");
    say(card.stock, card.root.hasAttribute("data-back") ? words.back_badge : words.levels[level]);
    say(card.count, count > 0 ? words.in_cart(count) : "");
    card.add.hidden = soldOut;
    card.tell.hidden = !soldOut;
    card.tell.setAttribute("aria-pressed", String(this.#wanted.has(sku)));
    say(card.tellText, this.#wanted.has(sku) ? words.will_tell : words.tell_me);
  }

  #cardOf({ sku }) {
    if (!this.#cards.has(sku)) {
      const card = this.#build(sku);
      this.#cards.set(sku, card);
      byId("products").append(card.root);
      this.#observer.observe(card.root);
    }
    return this.#cards.get(sku);
  }

  #build(sku) {
    const id = `product-${sku}`;
    const parts = {
      name: element("h3", { id }),
      price: element("span", { class: "price" }),
      was: element("span", { class: "was" }),
      stock: element("p", { class: "stock" }),
      count: element("p", { class: "in-cart" }),
      tellText: element("span"),
    };
    parts.add = element(
      "button",
      {
        type: "button",
        class: "button",
        id: `add-${sku}`,
        "aria-labelledby": `add-${sku} ${id}`,
        onclick: () => this.#add(sku),
      },
      words.add,
    );
    parts.tell = element(
      "button",
      {
        type: "button",
        class: "button quiet",
        id: `tell-${sku}`,
        "aria-labelledby": `tell-${sku} ${id}`,
        onclick: () => this.#want(sku),
      },
      parts.tellText,
    );
    parts.root = element(
      "li",
      { class: "product", "data-sku": sku },
      element(
        "div",
        { class: "art" },
        element("img", { src: artOf(sku), alt: "", width: 320, height: 320 }),
        parts.stock,
      ),
      element(
        "div",
        { class: "product-words" },
        parts.name,
        words.descriptions[sku] && element("p", { class: "description" }, words.descriptions[sku]),
        element("p", { class: "prices" }, parts.price, parts.was),
      ),
      element("div", { class: "product-actions" }, parts.add, parts.tell, parts.count),
    );
    return parts;
  }

  #add(sku) {
    const { name } = this.catalogue.get(sku);
    const added = this.cart.add(sku);
    announce(added ? words.added(name, this.cart.quantityOf(sku)) : words.full, `cart:${sku}`);
  }

  #want(sku) {
    const { name } = this.catalogue.get(sku);
    const wanted = !this.#wanted.delete(sku);
    if (wanted) this.#wanted.add(sku);
    write(WANTED, [...this.#wanted]);
    announce(wanted ? words.wanted(name) : words.not_wanted(name), `wanted:${sku}`);
    this.#show();
  }

  #see(seen) {
    for (const { target, isIntersecting } of seen) {
      if (isIntersecting) this.#visible.add(target.dataset.sku);
      else this.#visible.delete(target.dataset.sku);
    }
    this.watching.changed();
  }
}
