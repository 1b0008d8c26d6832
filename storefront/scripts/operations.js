/** The operator's view: everything that happens, as it happens. */

import { connect, TrackingRefused } from "./client.js";
import { showConnection } from "./connection.js";
import { byId, element, fillTexts, say } from "./dom.js";
import { SERVICES } from "./event-kinds.js";
import { count } from "./format.js";
import { ofThisTab, read, remove, write } from "./keeping.js";
import { Lanes } from "./lanes.js";
import { LatestOrders } from "./latest-orders.js";
import { SandboxSwitches } from "./sandbox-switches.js";
import { Tally } from "./tally.js";
import { texts } from "./texts.js";
import { Trail } from "./trail.js";

const words = texts.operations;
const TOKEN = "operator";
const SHOW_MILLISECONDS = 500;

fillTexts();
document.title = words.page_title;
byId("lane-names").append(...SERVICES.map((name) => element("li", {}, words.services[name])));

const { shop } = await connect();
const tally = new Tally();
const trail = new Trail();
const lanes = new Lanes(byId("lanes"), { onPick: pick });
const latest = new LatestOrders(byId("latest"), { onPick: pick });
const switches = new SandboxSwitches(shop, token);
let feed = null;
let selected = null;
let paused = false;

byId("pause").addEventListener("click", () => pause(!paused));
byId("trail-close").addEventListener("click", unpick);
byId("feed-again").addEventListener("click", restart);
byId("token-form").addEventListener("submit", useToken);
byId("forget-token").addEventListener("click", forgetToken);
addEventListener("pagehide", () => feed?.close());
addEventListener("pageshow", (event) => event.persisted && restart());
setInterval(show, SHOW_MILLISECONDS);
pause(false);
lanes.take([], Date.now());
restart();

function token() {
  return read(TOKEN, undefined, ofThisTab);
}

function restart() {
  feed?.close();
  byId("feed-trouble").hidden = true;
  switches.load();
  follow(shop.operations({ token: token() }));
}

async function follow(following) {
  feed = following;
  following.addEventListener("connection", ({ detail }) => {
    if (following === feed) showConnection(byId("connection"), detail);
  });
  try {
    for await (const events of following) take(events);
  } catch (error) {
    if (following === feed) explain(error);
  }
}

function take(events) {
  const now = Date.now();
  tally.take(events, now);
  lanes.take(events, now);
  latest.take(events);
}

function show() {
  if (paused) return;
  const counts = {
    placed: tally.placed,
    in_flight: tally.inFlight,
    confirmed: tally.count("CONFIRMED"),
    rejected: tally.count("REJECTED"),
    cancelled: tally.count("CANCELLED"),
    rate: tally.rate(Date.now()),
  };
  for (const [name, value] of Object.entries(counts)) say(byId(`count-${name}`), count(value));
  latest.show(selected);
  byId("none-yet").hidden = byId("latest").children.length > 0;
}

function pause(wanted) {
  paused = wanted;
  lanes.paused = wanted;
  say(byId("pause"), wanted ? words.resume : words.pause);
}

function pick(id) {
  select(id);
  trail.open(id, (order) => shop.operationsOrder(order, { token: token() }));
}

function unpick() {
  const chosen = byId("latest").querySelector('[aria-pressed="true"]');
  select(null);
  trail.close();
  (chosen ?? byId("latest-title")).focus();
}

function select(id) {
  selected = id;
  lanes.select(id);
  latest.show(id);
}

function explain(error) {
  console.error(error);
  byId("feed-trouble").hidden = false;
  const refused = error instanceof TrackingRefused || error.status === 401 || error.status === 403;
  say(byId("feed-trouble-text"), refused ? words.feed_refused : words.feed_lost(error.message));
}

function useToken(event) {
  event.preventDefault();
  const given = byId("token").value.trim();
  if (!given) return;
  write(TOKEN, given, ofThisTab);
  byId("token").value = "";
  restart();
}

function forgetToken() {
  remove(TOKEN, ofThisTab);
  restart();
}
