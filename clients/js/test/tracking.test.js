import assert from "node:assert/strict";
import { afterEach, beforeEach, test } from "node:test";
import { Orderbus } from "../index.js";
import { FastClock } from "./support/clocks.js";
import { FakeShop, tell } from "./support/fake-shop.js";
import { all, statesOf, until, upTo } from "./support/waiting.js";

const SPEED = 20;

let shop;
let client;

beforeEach(async () => {
  shop = await FakeShop.start();
  shop.waitScale = 1 / SPEED;
  client = page();
});

afterEach(() => shop.stop());

/** A page whose time passes as usual: nothing takes so long that another channel helps out. */
const calmPage = (options) => new Orderbus(shop.url, options);
const page = (options) => new Orderbus(shop.url, { clock: new FastClock(SPEED), ...options });
const track = (order, options) =>
  client.trackOrder(order.id, order.token, { links: shop.linksOf(order), ...options });
const sequences = (updates) => updates.map(({ sequence }) => sequence);
const followers = () => [...shop.sockets].flatMap(({ followers }) => [...followers.keys()]);

test("an order is followed on a WebSocket, each step once, to its end", async () => {
  client = calmPage();
  const order = shop.order(5);
  const tracking = track(order, { channels: ["websocket"] });
  const states = statesOf(tracking);
  const told = all(tracking);
  for (const step of upTo(5)) {
    await until(() => followers().length === 1 || order.isOver);
    order.advance();
    assert.equal(order.reached, step);
  }
  assert.deepEqual(sequences(await told), upTo(5));
  assert.deepEqual(
    states.map(({ state }) => state),
    ["connecting", "live", "closed"],
  );
  assert.equal(shop.requests.length, 0);
  await until(() => shop.sockets.size === 0);
});

test("the token is in the first frame and in no address", async () => {
  client = calmPage();
  const order = shop.order(1);
  order.advance();
  await all(client.trackOrder(order.id, order.token, { channels: ["websocket"] }));
  assert.deepEqual(shop.frames[0], {
    action: "subscribe",
    transaction_id: order.id,
    token: order.token,
    after: 0,
  });
  assert.ok(shop.requests.every(({ path }) => !path.includes(order.token)));
});

test("the address of the WebSocket is asked of the order, or told beforehand", async () => {
  client = calmPage();
  const [one, two, three] = [shop.order(1), shop.order(1), shop.order(1)];
  for (const order of [one, two, three]) order.advance();
  const channels = ["websocket"];
  await all(client.trackOrder(one.id, one.token, { channels }));
  assert.equal(shop.asked("GET", `/orders/${one.id}`).length, 1);
  await all(client.trackOrder(two.id, two.token, { channels }));
  assert.equal(shop.asked("GET", `/orders/${two.id}`).length, 0);
  const told = calmPage({ websocketUrl: shop.websocketUrl });
  await all(told.trackOrder(three.id, three.token, { channels }));
  assert.equal(shop.requests.length, 1);
});

test("what was jumped over is fetched, page by page", async () => {
  const order = shop.order(12);
  shop.stepsPage = 5;
  order.advance(7);
  const tracking = track(order);
  const first = (await tracking.next()).value;
  assert.equal(first.sequence, 1);
  order.advance(5);
  assert.deepEqual(sequences(await all(tracking)), upTo(12).slice(1));
});

test("steps that can't be had at once are asked for until they come", async () => {
  const order = shop.order(4);
  const faults = ["drop", { status: 500 }, { document: { steps: [] } }, { document: {} }];
  shop.fault = ({ path }) => (path.includes("/steps") ? faults.shift() : undefined);
  order.advance(4);
  assert.deepEqual(sequences(await all(track(order))), upTo(4));
});

test("what the page has already is not told again", async () => {
  const order = shop.order(4);
  order.advance(4);
  assert.deepEqual(sequences(await all(track(order, { after: 2 }))), [3, 4]);
  assert.deepEqual(sequences(await all(track(order, { after: 4 }))), []);
});

test("only the newest is told where not every step is wanted", async () => {
  client = calmPage();
  const order = shop.order(9);
  order.advance(3);
  const tracking = track(order, { every: false });
  assert.equal((await tracking.next()).value.sequence, 3);
  order.advance(2);
  await until(() => followers().length === 1);
  shop.push = (late, follower) => {
    follower.update(late.at(9));
    follower.update(late.at(8));
  };
  order.advance(4);
  const rest = sequences(await all(tracking));
  assert.equal(rest.at(-1), 9);
  assert.deepEqual(rest, [...rest].sort());
  assert.equal(shop.asked("GET", `/orders/${order.id}/steps`).length, 0);
});

for (const every of [true, false]) {
  test(`an update that does not fit into a frame is fetched (every: ${every})`, async () => {
    const order = shop.order(3);
    shop.push = (late, follower) => follower.changed(late);
    const told = all(track(order, { every }));
    await until(() => followers().length === 1);
    order.advance(3);
    assert.equal(sequences(await told).at(-1), 3);
  });
}

test("where no WebSocket can be had the order is polled, and the WebSocket takes over later", async () => {
  client = calmPage({ random: () => 0.02 });
  const order = shop.order(6);
  shop.waitScale = 1;
  shop.acceptsSockets = false;
  const tracking = track(order);
  const states = statesOf(tracking);
  order.advance(2);
  assert.equal((await tracking.next()).value.sequence, 1);
  assert.equal((await tracking.next()).value.sequence, 2);
  assert.deepEqual(
    states.map(({ state, channel }) => [state, channel]),
    [
      ["connecting", "websocket"],
      ["reconnecting", "websocket"],
      ["polling", "polling"],
    ],
  );
  assert.equal(states[1].reason, "closed (1006)");
  await until(() => shop.waiting === 1);
  shop.acceptsSockets = true;
  await until(() => states.at(-1).state === "live");
  await until(() => shop.waiting === 0);
  const polled = shop.asked("GET", `/orders/${order.id}/updates`).length;
  order.advance(4);
  assert.deepEqual(sequences(await all(tracking)), [3, 4, 5, 6]);
  assert.equal(shop.asked("GET", `/orders/${order.id}/updates`).length, polled);
});

test("a connection that breaks is opened again, and nothing is missed", async () => {
  const order = shop.order(6);
  const tracking = track(order);
  const states = statesOf(tracking);
  const told = all(tracking);
  await until(() => followers().length === 1);
  order.advance(2);
  await until(() => states.some(({ state }) => state === "live"));
  shop.cut();
  order.advance(2);
  await until(() => states.some(({ state }) => state === "reconnecting"));
  await until(() => followers().length === 1);
  order.advance(2);
  assert.deepEqual(sequences(await told), upTo(6));
});

test("polling alone asks with what it has, waits for news, and ends", async () => {
  const order = shop.order(3);
  const told = all(track(order, { channels: ["polling"] }));
  await until(() => shop.requests.length === 1);
  assert.match(shop.requests[0].path, /updates\?after=0$/);
  await until(() => shop.requests.length === 2);
  assert.match(shop.requests[1].path, /updates\?after=0&wait=20$/);
  assert.equal(shop.requests[1].headers["if-none-match"], '"0"');
  order.advance();
  await until(() => shop.requests.length === 3);
  assert.match(shop.requests[2].path, /updates\?after=1&wait=20$/);
  order.advance(2);
  assert.deepEqual(sequences(await told), upTo(3));
  assert.equal(shop.opened, 0);
});

test("a server that does not wait is asked at the pace that it tells", async () => {
  const clock = new FastClock(SPEED);
  client = page({ clock });
  const order = shop.order(1);
  shop.waits = false;
  const at = [];
  shop.fault = () => {
    at.push(clock.now());
    const status = at.length === 1 ? 200 : 304;
    const document = status === 200 ? order.update() : undefined;
    return { status, headers: { etag: '"0"', "retry-after": "7" }, document };
  };
  const tracking = track(order, { channels: ["polling"] });
  await until(() => at.length === 4);
  tracking.close();
  const pauses = at.slice(1).map((moment, index) => moment - at[index]);
  assert.ok(Math.min(...pauses) > 6_500, String(pauses));
});

test("a server that is busy is tried again", async () => {
  const order = shop.order(1);
  order.advance();
  const refusals = [{ code: "busy" }, { code: "internal" }];
  shop.refuse = () => refusals.shift();
  assert.deepEqual(sequences(await all(track(order, { channels: ["websocket"] }))), [1]);
  assert.equal(shop.opened, 1);
  assert.equal(shop.frames.length, 3);
});

test("a word of the gateway's own makes the subscription go out again", async () => {
  client = calmPage();
  const order = shop.order(1);
  order.advance();
  shop.refuse = (_frame, ws) => {
    if (shop.frames.length > 1) return undefined;
    tell(ws, { message: "Internal server error", connectionId: "c", requestId: "r" });
    return "silence";
  };
  const begin = performance.now();
  assert.deepEqual(sequences(await all(track(order, { channels: ["websocket"] }))), [1]);
  assert.ok(performance.now() - begin < 5_000);
});

test("leaving the loop, closing and the signal end everything", async () => {
  const order = shop.order(9);
  order.advance();
  order.advance();
  const left = track(order);
  for await (const update of left) {
    assert.equal(update.sequence, 1);
    await until(() => shop.asked("GET", `/orders/${order.id}/steps`).length > 0);
    break;
  }
  assert.equal((await left.next()).done, true);
  await until(() => shop.sockets.size === 0);
  const tracking = track(order);
  const closed = all(tracking);
  await until(() => followers().length === 1);
  tracking.close();
  tracking.close();
  assert.ok((await closed).length <= 1);
  const leaving = new AbortController();
  const aborted = all(track(order, { channels: ["polling"], signal: leaving.signal }));
  await until(() => shop.requests.length > 0);
  leaving.abort();
  assert.ok((await aborted).length <= 1);
  assert.deepEqual(await all(track(order, { signal: leaving.signal })), []);
});

test("events tell what the iteration tells, without anybody iterating", async () => {
  const order = shop.order(3);
  order.advance(3);
  const tracking = track(order);
  const told = [];
  const states = statesOf(tracking);
  tracking.addEventListener("update", ({ detail }) => told.push(detail.sequence));
  await until(() => states.at(-1)?.state === "closed");
  assert.deepEqual(told, upTo(3));
  assert.equal(states.at(-1).reason, "final");
  // Whoever comes late still gets the steps.
  assert.deepEqual(sequences(await all(tracking)), upTo(3));
});

test("a WebSocket's address that was given counts more than what orders tell", async () => {
  client = calmPage({ websocketUrl: shop.websocketUrl });
  shop.linksOf = () => ({ self: "", updates: "", cancel: "", websocket: "ws://127.0.0.1:9/" });
  const order = shop.order(2);
  order.advance(2);
  assert.equal((await client.getOrder(order.id, order.token)).links.websocket, "ws://127.0.0.1:9/");
  assert.deepEqual(sequences(await all(track(order, { channels: ["websocket"] }))), [1, 2]);
  assert.equal(shop.opened, 1);
});

test("a stage without a WebSocket is polled", async () => {
  const order = shop.order(2);
  order.advance(2);
  shop.linksOf = () => ({ self: "", updates: "", cancel: "" });
  assert.deepEqual(sequences(await all(track(order, { links: undefined }))), [1, 2]);
  assert.equal(shop.opened, 0);
});
