import assert from "node:assert/strict";
import { afterEach, beforeEach, test } from "node:test";
import { Orderbus, TrackingRefused, Unsupported } from "../index.js";
import { FastClock } from "./support/clocks.js";
import { FakeShop } from "./support/fake-shop.js";
import { problem } from "./support/routes.js";
import { all, statesOf, until } from "./support/waiting.js";

const SPEED = 20;

let shop;
let client;

beforeEach(async () => {
  shop = await FakeShop.start();
  shop.waitScale = 1 / SPEED;
  client = page();
});

afterEach(() => shop.stop());

const page = (options) => new Orderbus(shop.url, { clock: new FastClock(SPEED), ...options });
const track = (order, options) =>
  client.trackOrder(order.id, order.token, { links: shop.linksOf(order), ...options });
const sequences = (updates) => updates.map(({ sequence }) => sequence);

for (const [code, reason] of [
  ["invalid-token", "expired"],
  ["other-order", undefined],
  ["scope", undefined],
]) {
  test(`a token that the WebSocket refuses (${code}) ends the iteration with an error`, async () => {
    const order = shop.order(1);
    shop.refuse = () => ({ code, reason });
    const tracking = track(order);
    const errors = [];
    const states = statesOf(tracking);
    tracking.addEventListener("error", ({ detail }) => errors.push(detail));
    const error = await all(tracking).catch((thrown) => thrown);
    assert.ok(error instanceof TrackingRefused);
    assert.equal(error.code, code);
    assert.equal(error.reason, reason);
    assert.deepEqual(errors, [error]);
    assert.equal(states.at(-1).reason, code);
    assert.deepEqual(await tracking.next(), { value: undefined, done: true });
    await until(() => shop.sockets.size === 0);
  });
}

test("a token that HTTP refuses ends the iteration with an error", async () => {
  const order = shop.order(1);
  shop.fault = () => ({ status: 403, document: { message: "Forbidden" } });
  const byGateway = all(track(order, { channels: ["polling"] }));
  await assert.rejects(byGateway, { name: "TrackingRefused", code: "invalid-token" });
  shop.fault = () => problem(403, "other-order");
  const byService = all(track(order, { channels: ["polling"] }));
  await assert.rejects(byService, { code: "other-order" });
});

test("an order that is not known yet is asked for again, for a while", async () => {
  const order = shop.order(1);
  order.advance();
  let asked = 0;
  shop.refuse = () => {
    asked += 1;
    return asked < 4 ? { code: "unknown-order" } : undefined;
  };
  shop.fault = () => (asked < 4 ? problem(404, "no-such-order") : undefined);
  assert.deepEqual(sequences(await all(track(order))), [1]);
});

for (const channel of ["websocket", "polling"]) {
  test(`an order that nobody ever knows ends the iteration (${channel})`, async () => {
    const clock = new FastClock(60);
    client = page({ clock });
    const begin = clock.now();
    const order = { id: "none", token: "token" };
    const tracking = track(order, { channels: [channel] });
    await assert.rejects(all(tracking), { name: "TrackingRefused", code: "unknown-order" });
    assert.ok(clock.now() - begin >= 60_000);
  });
}

test("where no channel works the iteration says so", async () => {
  const order = shop.order(2);
  shop.linksOf = () => ({ self: "", updates: "", cancel: "" });
  const tracking = track(order, { links: undefined, channels: ["websocket"] });
  await assert.rejects(all(tracking), Unsupported);
});

test("a channel that there is not is a mistake of the caller's", () => {
  assert.throws(() => client.trackOrder("id", "token", { channels: ["sms"] }), TypeError);
  assert.throws(() => client.trackOrder("id", "token", { channels: [] }), TypeError);
});
