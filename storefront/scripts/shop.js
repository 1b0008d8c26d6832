/** The shop's page. */

import { Cart } from "./cart.js";
import { CartView } from "./cart-view.js";
import { Catalogue } from "./catalogue.js";
import { Checkout } from "./checkout.js";
import { connect } from "./client.js";
import { byId, fillTexts, focusOn } from "./dom.js";
import { ProductCards } from "./product-cards.js";
import { showRecentOrders } from "./recent-orders.js";
import { takeBack } from "./resuming.js";
import { texts } from "./texts.js";
import { Watching } from "./watching.js";

fillTexts();
document.title = texts.shop.title;
addEventListener("pageshow", () => {
  byId("recent").hidden = !showRecentOrders(byId("recent-list"));
});
byId("load-again").addEventListener("click", open);
await open();

async function open() {
  byId("loading").hidden = false;
  byId("unreachable").hidden = true;
  try {
    const { shop } = await connect();
    const offers = await shop.products();
    start(shop, offers);
  } catch (error) {
    console.error(error);
    byId("unreachable").hidden = false;
  } finally {
    byId("loading").hidden = true;
  }
}

function start(shop, offers) {
  const cart = new Cart();
  const catalogue = new Catalogue();
  const watching = new Watching(shop, catalogue);
  const cards = new ProductCards(catalogue, cart, watching);
  const view = new CartView(cart, catalogue);
  const checkout = new Checkout(shop, cart, catalogue, view);
  catalogue.load(offers.toSorted((one, other) => shelf(one) - shelf(other)));
  watching.follow(() => cards.looked);
  byId("cart").hidden = false;
  goOn(takeBack(), cart, view, checkout);
}

/** What can be had comes first. */
function shelf({ available }) {
  return available > 0 ? 0 : 1;
}

/** Goes on where an order came to nothing: with its lines, and what was wrong marked. */
function goOn(resume, cart, view, checkout) {
  if (!resume) return;
  cart.restore(resume.lines);
  view.mark(resume.shortages);
  checkout.markFailed(resume.failedMethod);
  focusOn(byId(resume.focus === "payment" ? "payment-title" : "cart-title"));
}
