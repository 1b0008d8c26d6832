/** The page of one order: follows it to its end, and says what can be done if it comes to nothing. */

import { announce } from "./announcing.js";
import { connect, OrderRefused, TrackingRefused } from "./client.js";
import { showConnection } from "./connection.js";
import { byId, fillTexts, say } from "./dom.js";
import { showFailures } from "./failures.js";
import { time } from "./format.js";
import { find, keepUpdate } from "./kept-orders.js";
import { showContents } from "./order-contents.js";
import { shortNumber } from "./recent-orders.js";
import { headlineOf, leadOf } from "./standing.js";
import { texts } from "./texts.js";
import { Timeline } from "./timeline.js";

const words = texts.order;
const timeline = new Timeline(byId("timeline"));
let shop = null;
let order = null;
let tracking = null;
let newest = null;

fillTexts();
document.title = words.page_title(words.title);
addEventListener("hashchange", open);
addEventListener("pagehide", () => tracking?.close());
addEventListener("pageshow", (event) => event.persisted && open());
byId("follow-again").addEventListener("click", open);
byId("cancel").addEventListener("click", () => byId("cancel-dialog").showModal());
byId("cancel-no").addEventListener("click", () => byId("cancel-dialog").close());
byId("cancel-yes").addEventListener("click", cancel);
await open();

async function open() {
  tracking?.close();
  order = find(location.hash.slice(1));
  byId("known").hidden = order === undefined;
  byId("unknown").hidden = order !== undefined;
  if (order === undefined) return;
  for (const id of ["lost", "refused"]) byId(id).hidden = true;
  say(byId("cancel-answer"), "");
  say(byId("number"), words.number(shortNumber(order.id)));
  newest = null;
  timeline.clear();
  showContents(order);
  show(
    order.update ?? { sequence: 0, status: "ACCEPTED", final: false, segments: {}, failures: [] },
  );
  await follow(order);
}

/** Follows until the order's end; the connection's own troubles are the client's matter. */
async function follow({ id, token, links }) {
  try {
    shop ??= (await connect()).shop;
    const following = shop.trackOrder(id, token, { links });
    tracking = following;
    following.addEventListener("connection", ({ detail }) =>
      showConnection(byId("connection"), detail),
    );
    for await (const update of following) {
      if (following !== tracking) return;
      keepUpdate(id, update);
      show(update);
    }
  } catch (error) {
    explain(error);
  }
}

function show(update) {
  // What was kept may be newer than the first steps that are told again.
  if (newest && update.sequence < newest.sequence) return;
  const before = newest;
  newest = update;
  const headline = headlineOf(update);
  say(byId("headline"), headline);
  say(byId("lead"), leadOf(update));
  document.title = words.page_title(headline);
  byId("known").dataset.status = update.status;
  byId("known").dataset.final = String(update.final);
  for (const sentence of timeline.show(update.segments)) before && announce(sentence);
  if (before && headlineOf(before) !== headline) announce(headline);
  showAction(update);
  showFailures(update, order);
  byId("cancel").hidden = !isUndecided(update);
  if (!isUndecided(update)) byId("cancel-dialog").close();
}

function isUndecided({ status }) {
  return status === "ACCEPTED" || status === "PENDING";
}

/** What the shopper's bank asks for; only an address of the web is ever made a link. */
function showAction(update) {
  const action = Object.values(update.segments).find((segment) => segment.action)?.action;
  const url = action && isUndecided(update) ? webAddress(action.url) : null;
  byId("action").hidden = url === null;
  if (url === null) return;
  byId("action-link").href = url;
  say(byId("action-text"), words.action_text(time(action.expires_at)));
}

function webAddress(text) {
  const url = URL.parse(text);
  return url && ["https:", "http:"].includes(url.protocol) ? url.href : null;
}

async function cancel() {
  byId("cancel-dialog").close();
  const button = byId("cancel");
  if (button.getAttribute("aria-disabled") === "true") return;
  button.setAttribute("aria-disabled", "true");
  say(byId("cancel-answer"), words.cancelling);
  try {
    await shop.cancelOrder(order.id, order.token);
    say(byId("cancel-answer"), "");
  } catch (error) {
    const tooLate = error instanceof OrderRefused && error.status === 409;
    say(byId("cancel-answer"), tooLate ? words.too_late : words.cancel_failed);
  } finally {
    button.removeAttribute("aria-disabled");
  }
}

function explain(error) {
  console.error(error);
  const refused = error instanceof TrackingRefused;
  byId(refused ? "refused" : "lost").hidden = false;
  if (refused)
    say(byId("refused-text"), words.refused_text[error.reason] ?? words.refused_text.other);
  byId("cancel").hidden = true;
}
