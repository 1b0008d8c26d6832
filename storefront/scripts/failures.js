/** What went wrong with an order, of all segments at once, and what the shopper can do about it. */

import { byId, element, say } from "./dom.js";
import { handBack } from "./resuming.js";
import { texts } from "./texts.js";
import { nameInWords } from "./timeline.js";

const words = texts.order;

/** What the shopper would do first; an action that this page doesn't know is one for the shop. */
const ACTIONS = ["edit_cart", "other_payment_method", "try_again", "contact_shop"];

export function showFailures({ status, failures, segments }, order) {
  const shown = failures.length > 0;
  byId("failures").hidden = !shown;
  if (!shown) return;
  const isOver = status === "REJECTED" || status === "CANCELLED";
  say(byId("failures-title"), failures.length === 1 ? words.failures.one : words.failures.many);
  byId("failure-list").replaceChildren(...failures.map((failure) => describe(failure, order)));
  const wanted = new Set(failures.map(({ suggested_action }) => knownAction(suggested_action)));
  offer(
    isOver ? ACTIONS.filter((action) => wanted.has(action)) : [],
    { failures, segments },
    order,
  );
}

function describe({ segment, code, message, shortages }, order) {
  return element(
    "li",
    { class: "failure", "data-segment": segment, "data-code": code },
    element("strong", {}, nameInWords(segment)),
    texts.failures[code] ?? (message || texts.failures.segment_failed),
    shortages.length > 0 &&
      element(
        "ul",
        { class: "short-list" },
        shortages.map((shortage) => element("li", {}, shortageInWords(shortage, order))),
      ),
  );
}

function shortageInWords({ sku, requested, available }, { lines }) {
  const name = lines.find((line) => line.sku === sku)?.name ?? sku;
  return words.short_line(name, requested, available);
}

function knownAction(action) {
  return ACTIONS.includes(action) ? action : "contact_shop";
}

function offer(actions, { failures }, order) {
  const place = byId("failure-actions");
  const known = [...place.children].map(({ dataset }) => dataset.action);
  say(byId("contact"), words.contact(order.id));
  byId("contact").hidden = !actions.includes("contact_shop");
  const offered = actions.filter((action) => action !== "contact_shop");
  // Built once: a later update must not take the focus from a button.
  if (known.join() === offered.join()) return;
  place.replaceChildren(
    ...offered.map((action, index) =>
      element(
        "button",
        {
          type: "button",
          class: index === 0 ? "button" : "button quiet",
          "data-action": action,
          onclick: () => resume(action, failures, order),
        },
        words.actions[action],
      ),
    ),
  );
}

/** Goes back to the shop with this order's lines, and with all that was wrong with them marked. */
function resume(action, failures, { lines, method }) {
  const isPayment = failures.some(
    ({ suggested_action }) => suggested_action === "other_payment_method",
  );
  handBack({
    lines: lines.map(({ sku, quantity }) => ({ sku, quantity })),
    shortages: failures.flatMap(({ shortages }) => shortages),
    failedMethod: isPayment ? method : null,
    focus: action === "other_payment_method" ? "payment" : "cart",
  });
  location.assign("index.html#cart");
}
