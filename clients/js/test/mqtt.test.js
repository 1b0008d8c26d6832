import assert from "node:assert/strict";
import { afterEach, beforeEach, test } from "node:test";
import mqtt from "mqtt";
import { Orderbus } from "../index.js";
import { FakeBroker } from "./support/fake-broker.js";
import { FakeShop } from "./support/fake-shop.js";
import { problem } from "./support/routes.js";
import { all, statesOf, until, upTo } from "./support/waiting.js";

let shop;
let broker;
let client;

beforeEach(async () => {
  shop = await FakeShop.start();
  broker = await FakeBroker.start(shop);
  client = new Orderbus(shop.url, { random: () => 0.1 });
});

afterEach(async () => {
  await broker.stop();
  await shop.stop();
});

const track = (order, channels = ["mqtt", "polling"]) =>
  client.trackOrder(order.id, order.token, { channels, links: shop.linksOf(order) });
const sequences = (updates) => updates.map(({ sequence }) => sequence);

async function step(order, steps = 1) {
  order.advance(steps);
  await broker.publish(order, order.update(order.reached - steps));
}

test("an order is followed on its topic: what is retained at once, then each step", async () => {
  const order = shop.order(4);
  await step(order, 2);
  const tracking = track(order, ["mqtt"]);
  const states = statesOf(tracking);
  const told = all(tracking);
  await until(() => states.at(-1)?.state === "live");
  await step(order);
  await step(order);
  assert.deepEqual(sequences(await told), upTo(4));
  assert.equal(shop.opened, 0);
  await until(() => broker.connected === 0);
});

test("a session that ends is followed by another, with an address of its own", async () => {
  const order = shop.order(4);
  const tracking = track(order, ["mqtt"]);
  const states = statesOf(tracking);
  const told = all(tracking);
  await until(() => states.at(-1)?.state === "live");
  await step(order);
  broker.cut();
  await until(() => states.at(-1)?.state === "reconnecting");
  await step(order, 2);
  await until(() => states.at(-1)?.state === "live");
  await step(order);
  assert.deepEqual(sequences(await told), upTo(4));
  assert.equal(broker.sessions, 2);
});

test("a stage without MQTT is followed on the next channel", async () => {
  const order = shop.order(2);
  order.advance(2);
  shop.mqtt = undefined;
  const tracking = track(order, ["mqtt", "websocket", "polling"]);
  const states = statesOf(tracking);
  assert.deepEqual(sequences(await all(tracking)), [1, 2]);
  assert.ok(states.some(({ channel, state }) => channel === "websocket" && state === "live"));
  assert.equal(shop.asked("POST", `/orders/${order.id}/mqtt`).length, 1);
});

test("a topic that is not granted, or an empty message, does no harm", async () => {
  const order = shop.order(2);
  broker.grants = false;
  await broker.publish(order, "");
  const told = all(track(order));
  await until(() => shop.asked("GET", `/orders/${order.id}/updates`).length > 0);
  order.advance(2);
  assert.deepEqual(sequences(await told), [1, 2]);
});

test("a token that is refused ends the iteration", async () => {
  const order = shop.order(2);
  shop.fault = () => problem(403, "scope");
  await assert.rejects(all(track(order)), { name: "TrackingRefused", code: "scope" });
});

for (const [how, given] of [
  ["the library", mqtt],
  ["what imports it", () => import("mqtt")],
]) {
  test(`a page gives ${how}`, async () => {
    client = new Orderbus(shop.url, { mqtt: given });
    const order = shop.order(1);
    await step(order);
    assert.deepEqual(sequences(await all(track(order, ["mqtt"]))), [1]);
  });
}
