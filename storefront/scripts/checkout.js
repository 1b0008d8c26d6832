/** Sends the order, and puts to the shopper whatever the shop answers instead of taking it. */

import { OrderRefused } from "./client.js";
import { byId, element, focusOn, say } from "./dom.js";
import { money } from "./format.js";
import { keep } from "./kept-orders.js";
import { texts } from "./texts.js";

const words = texts.checkout;

/** The sandbox's payment methods; a shop takes the reference that its provider's own form gives. */
const METHODS = Object.keys(words.methods);

export class Checkout {
  #sending = null;

  constructor(shop, cart, catalogue, view) {
    Object.assign(this, { shop, cart, catalogue, view });
    this.#offerMethods();
    byId("checkout").addEventListener("submit", (event) => {
      event.preventDefault();
      this.#place();
    });
    byId("stop").addEventListener("click", () => this.#sending?.abort());
    cart.addEventListener("changed", () => this.#forgetRefusal());
    catalogue.addEventListener("changed", () => this.#showButton());
    this.#showButton();
  }

  /** Marks the payment method that did not work for an order before, and proposes another. */
  markFailed(method) {
    for (const { input, failed } of this.methods) failed.hidden = input.value !== method;
    if (this.#method !== method) return;
    const other = this.methods.find(({ input }) => input.value !== method);
    other.input.checked = true;
    this.cart.method = other.input.value;
  }

  #offerMethods() {
    const chosen = METHODS.includes(this.cart.method) ? this.cart.method : METHODS[0];
    this.methods = METHODS.map((method) => methodOption(method, method === chosen));
    byId("methods").append(...this.methods.map(({ root }) => root));
    byId("methods").addEventListener("change", (event) => {
      this.cart.method = event.target.value;
    });
  }

  get #method() {
    return this.methods.find(({ input }) => input.checked).input.value;
  }

  #showButton() {
    const { total } = this.view;
    const button = byId("place");
    const sending = this.#sending !== null;
    button.setAttribute("aria-disabled", String(sending));
    byId("stop").hidden = !sending;
    say(button, sending ? words.placing : total ? words.place(money(total)) : "");
  }

  async #place() {
    const { lines, total } = this.view;
    if (this.#sending || total === null) return;
    this.#sending = new AbortController();
    const isAnswer = byId("refusal").contains(document.activeElement);
    this.#refuse();
    if (isAnswer) byId("place").focus();
    this.#showButton();
    const method = this.#method;
    try {
      const placed = await this.shop.placeOrder(
        {
          lines: lines.map(({ sku, quantity }) => ({ sku, quantity })),
          expected_total: total,
          payment_method: method,
        },
        { signal: this.#sending.signal },
      );
      this.#follow(placed, { lines, total, method });
    } catch (error) {
      this.#explain(error, this.#sending.signal.aborted);
    } finally {
      this.#sending = null;
      this.#showButton();
    }
  }

  #follow({ transaction_id: id, tracking_token: token, links }, ordered) {
    keep({ id, token, links, placed_at: new Date().toISOString(), ...ordered });
    this.cart.clear();
    location.assign(`order.html#${id}`);
  }

  #explain(error, stopped) {
    if (stopped) this.#refuse("stopped", words.refusals.stopped);
    else if (!(error instanceof OrderRefused))
      this.#refuse("unreachable", words.refusals.unreachable, [], [this.#again()]);
    else if (error.type === "price-changed") this.#explainPrices(error.problem);
    else if (error.type === "shortage") this.#explainShortage(error.problem.shortages);
    else this.#explainOther(error);
  }

  #explainPrices({ total, lines }) {
    const told = lines.map(({ sku, unit_price }) =>
      priceLine(this.catalogue.get(sku), sku, unit_price),
    );
    this.catalogue.reprice(lines);
    this.#refuse(
      "price-changed",
      words.refusals["price-changed"],
      [...told.filter(Boolean), words.new_total(money(total))],
      [button(words.accept(money(total)), () => this.#place()), this.#edit()],
    );
  }

  #explainShortage(shortages) {
    this.view.mark(shortages);
    const told = shortages.map(({ sku, requested, available }) =>
      words.short_line(this.catalogue.get(sku)?.name ?? sku, requested, available),
    );
    const take = button(words.take, () => {
      for (const { sku, available } of shortages) this.cart.set(sku, available);
      focusOn(byId("cart-title"));
    });
    this.#refuse("shortage", words.refusals.shortage, told, [take, this.#edit()]);
  }

  #explainOther({ type, status, problem, errors }) {
    const named =
      words.refusals[type] ??
      (status >= 500 || status === 429 ? words.refusals.busy : words.refusals.other);
    const told = (errors ?? []).map(({ detail, message }) => detail ?? message).filter(Boolean);
    if (named === words.refusals.other && problem?.detail) told.unshift(problem.detail);
    this.#refuse(type ?? "other", named, told, [this.#again(), this.#edit()]);
  }

  #again() {
    return button(words.again, () => this.#place());
  }

  #edit() {
    const edit = () => {
      this.#refuse();
      focusOn(byId("cart-title"));
    };
    return button(words.edit, edit, "quiet");
  }

  /** Shows a refusal, or none. */
  #refuse(type = null, { title, text } = {}, told = [], actions = []) {
    const place = byId("refusal");
    place.hidden = type === null;
    place.dataset.type = type ?? "";
    // What can be done now stands in the refusal: a second button would say the same.
    byId("place").hidden = actions.length > 0;
    if (type === null) {
      place.replaceChildren();
      return;
    }
    const heading = element("h3", { id: "refusal-title" }, title);
    place.replaceChildren(
      heading,
      element("p", {}, text),
      told.length > 0
        ? element(
            "ul",
            {},
            told.map((line) => element("li", {}, line)),
          )
        : "",
      actions.length > 0 ? element("div", { class: "actions" }, actions) : "",
    );
    focusOn(heading);
  }

  #forgetRefusal() {
    if (!this.#sending) this.#refuse();
    this.#showButton();
  }
}

function priceLine(product, sku, now) {
  if (!product) return words.price_line_new(sku, money(now));
  if (product.unit_price.amount === now.amount) return null;
  return words.price_line(product.name, money(product.unit_price), money(now));
}

function methodOption(method, checked) {
  const { name, hint } = words.methods[method];
  const input = element("input", {
    type: "radio",
    name: "method",
    value: method,
    checked,
    "aria-describedby": `hint-${method}`,
  });
  const failed = element("span", { class: "failed-before", hidden: true }, words.failed_before);
  const root = element(
    "label",
    { class: "method" },
    input,
    element("span", { class: "method-name" }, name, " ", failed),
    element("span", { class: "method-hint", id: `hint-${method}` }, hint),
  );
  return { root, input, failed };
}

function button(label, run, kind = "") {
  return element("button", { type: "button", class: `button ${kind}`, onclick: run }, label);
}
