import assert from "node:assert/strict";
import { afterEach, beforeEach, test } from "node:test";
import { WebSocket } from "ws";
import { Orderbus } from "../index.js";
import { ManualClock } from "./support/clocks.js";
import { FakePage } from "./support/fake-page.js";
import { FakeShop } from "./support/fake-shop.js";
import { statesOf, until } from "./support/waiting.js";

const SECOND = 1_000;
const MINUTE = 60 * SECOND;

let shop;
let clock;
let page;
let order;
let tracking;
let states;
let pongs;

/** The page's WebSocket, which counts what must have come before time goes on. */
class CountingWebSocket extends WebSocket {
  constructor(address) {
    super(address);
    this.addEventListener("message", ({ data }) => {
      if (data.includes("pong")) pongs += 1;
    });
  }
}

const client = () =>
  new Orderbus(shop.url, { clock, page, random: () => 0.5, WebSocket: CountingWebSocket });

beforeEach(async () => {
  shop = await FakeShop.start();
  shop.waitScale = 1 / 1_000;
  clock = new ManualClock();
  page = new FakePage();
  order = shop.order(9);
  pongs = 0;
});

afterEach(() => {
  tracking?.close();
  tracking = undefined;
  return shop.stop();
});

async function live() {
  tracking = client().trackOrder(order.id, order.token, { links: shop.linksOf(order) });
  states = statesOf(tracking);
  await until(() => states.at(-1)?.state === "live");
}

const pings = () => shop.frames.filter(({ action }) => action === "ping").length;
const subscriptions = () => shop.frames.filter(({ action }) => action === "subscribe").length;
const polls = () => shop.asked("GET", `/orders/${order.id}/updates`).length;

/** Lets the network say what it has to say. */
async function settled() {
  for (let turn = 0; turn < 5; turn += 1) await new Promise((resolve) => setImmediate(resolve));
}

test("a ping goes out every five minutes, and its answer keeps the connection", async () => {
  await live();
  clock.pass(5 * MINUTE - SECOND);
  assert.equal(pings(), 0);
  clock.pass(SECOND);
  await until(() => pongs === 1);
  clock.pass(5 * MINUTE);
  await until(() => pongs === 2);
  clock.pass(10 * SECOND);
  assert.equal(states.at(-1).state, "live");
  assert.equal(shop.opened, 1);
});

test("a connection that does not answer a ping is dead after ten seconds", async () => {
  await live();
  shop.answersPings = false;
  clock.pass(5 * MINUTE);
  await until(() => pings() === 1);
  clock.pass(9 * SECOND);
  assert.equal(states.at(-1).state, "live");
  clock.pass(SECOND);
  assert.equal(states.at(-1).state, "reconnecting");
  assert.equal(states.at(-1).reason, "silent");
  clock.pass(SECOND);
  await until(() => states.at(-1).state === "live");
  assert.equal(shop.opened, 2);
});

test("before the gateway's two hours a new connection takes over, and nothing is told twice", async () => {
  await live();
  const told = [];
  tracking.addEventListener("update", ({ detail }) => told.push(detail.sequence));
  for (let pinged = 1; pinged <= 21; pinged += 1) {
    clock.pass(5 * MINUTE);
    await until(() => pongs === pinged);
  }
  assert.equal(shop.opened, 1);
  clock.pass(2.5 * MINUTE);
  await until(() => shop.sockets.size === 2 && subscriptions() === 2);
  order.advance();
  await until(() => told.length > 0);
  page.dispatchEvent(new Event("online"));
  await until(() => pongs === 22);
  assert.deepEqual(
    [...shop.sockets].map(({ readyState }) => readyState),
    [WebSocket.OPEN, WebSocket.OPEN],
  );
  clock.pass(10 * SECOND);
  await until(() => shop.sockets.size === 1);
  order.advance();
  await until(() => told.length > 1);
  assert.deepEqual(told, [1, 2]);
  assert.deepEqual(
    states.map(({ state }) => state),
    ["connecting", "live"],
  );
});

test("after a sleep the connection and the order are looked at at once", async () => {
  await live();
  shop.push = () => {};
  order.advance(2);
  // Not so long that the ping is due, or the order would be asked after anyway.
  clock.sleepThrough(3 * MINUTE);
  await until(() => pings() === 1 && polls() === 1);
  assert.equal((await tracking.next()).value.sequence, 1);
  assert.equal((await tracking.next()).value.sequence, 2);
});

test("a connection that died in the sleep is replaced within ten seconds", async () => {
  await live();
  shop.answersPings = false;
  clock.sleepThrough(60 * MINUTE);
  await until(() => pings() === 1);
  clock.pass(10 * SECOND);
  clock.pass(SECOND);
  await until(() => shop.opened === 2);
});

for (const [what, happens] of [
  ["is seen again", () => page.show()],
  ["is online again", () => page.dispatchEvent(new Event("online"))],
  [
    "comes back from the browser's cache",
    () => page.dispatchEvent(Object.assign(new Event("pageshow"), { persisted: true })),
  ],
]) {
  test(`a page that ${what} looks at once`, async () => {
    await live();
    page.hide();
    assert.equal(pings(), 0);
    happens();
    await until(() => pings() === 1 && polls() === 1);
    happens();
    clock.pass(SECOND);
    assert.equal(polls(), 1);
  });
}

test("a page that waits to try again tries at once when it is online", async () => {
  await live();
  shop.acceptsSockets = false;
  shop.cut();
  await until(() => states.at(-1).state === "reconnecting");
  shop.acceptsSockets = true;
  page.dispatchEvent(new Event("online"));
  await until(() => states.at(-1).state === "live");
});

test("the late timers of a hidden page are no sleep", async () => {
  await live();
  page.hide();
  for (let minute = 0; minute < 4; minute += 1) clock.sleepThrough(MINUTE);
  await settled();
  assert.equal(pings() + polls(), 0);
});

test("an order that is quiet is asked after, in case a push got lost", async () => {
  await live();
  shop.push = () => {};
  order.advance();
  clock.pass(5 * MINUTE);
  assert.equal((await tracking.next()).value.sequence, 1);
});

test("a subscription that nobody answers is sent again, and the order polled meanwhile", async () => {
  shop.refuse = () => "silence";
  tracking = client().trackOrder(order.id, order.token, { links: shop.linksOf(order) });
  states = statesOf(tracking);
  await until(() => subscriptions() === 1);
  clock.pass(10 * SECOND);
  await until(() => subscriptions() === 2);
  await until(() => states.at(-1).state === "polling");
  shop.refuse = () => undefined;
  clock.pass(10 * SECOND);
  await until(() => states.at(-1).state === "live");
});

test("a page that is loaded was not asleep", async () => {
  await live();
  page.dispatchEvent(new Event("pageshow"));
  await settled();
  assert.equal(pings() + polls(), 0);
});

test("a WebSocket that does not open is given up after ten seconds", async () => {
  shop.acceptsSockets = "never answers";
  tracking = client().trackOrder(order.id, order.token, { links: shop.linksOf(order) });
  states = statesOf(tracking);
  await until(() => shop.opened === 1);
  clock.pass(2_500);
  await until(() => states.at(-1).state === "polling");
  shop.acceptsSockets = true;
  clock.pass(10 * SECOND);
  await until(() => {
    clock.pass(100);
    return states.at(-1).state === "live";
  });
});

test("a server that takes no connections is tried ever more rarely", async () => {
  await live();
  shop.acceptsSockets = false;
  shop.cut();
  await until(() => states.at(-1).state === "reconnecting");
  for (let passed = 0; passed < 600; passed += 1) {
    const before = shop.opened;
    clock.pass(SECOND);
    await settled();
    if (shop.opened !== before) await settled();
  }
  assert.ok(shop.opened > 10, `tried ${shop.opened} times`);
  assert.ok(shop.opened < 60, `tried ${shop.opened} times`);
});

for (const channels of [["websocket"], ["polling"], ["websocket", "polling"]]) {
  test(`no timer is left after close (${channels})`, async () => {
    const shopper = client();
    const links = shop.linksOf(order);
    const following = shopper.trackOrder(order.id, order.token, { channels, links });
    const watching = shopper.watchProduct("MUG-BLUE");
    const feed = shopper.operations();
    const told = statesOf(following);
    await until(() => ["live", "polling"].includes(told.at(-1)?.state));
    assert.ok(clock.pending > 0);
    for (const each of [following, watching, feed]) each.close();
    await until(() => clock.pending === 0);
    await until(() => shop.sockets.size === 0);
  });
}
