/** What was ordered, as the shopper saw it. */

import { artOf } from "./art.js";
import { byId, element, say } from "./dom.js";
import { money, times } from "./format.js";
import { texts } from "./texts.js";

export function showContents({ lines, total, method }) {
  byId("lines").replaceChildren(...lines.map(line));
  say(byId("total"), money(total));
  say(byId("method"), texts.checkout.methods[method]?.name ?? method);
}

function line({ sku, name, quantity, unit_price }) {
  return element(
    "li",
    { class: "line", "data-sku": sku },
    element("img", { src: artOf(sku), alt: "", width: 56, height: 56 }),
    element(
      "div",
      { class: "line-words" },
      element("span", { class: "line-name" }, `${quantity} × ${name}`),
      element("span", { class: "line-each" }, texts.cart.each(money(unit_price))),
    ),
    element("span", { class: "line-price" }, money(times(unit_price, quantity))),
  );
}
