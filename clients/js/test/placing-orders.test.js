import assert from "node:assert/strict";
import { afterEach, beforeEach, test } from "node:test";
import { Orderbus, OrderRefused, Unanswered } from "../index.js";
import { FastClock } from "./support/clocks.js";
import { FakeShop } from "./support/fake-shop.js";
import { MemoryStorage, REFUSING_STORAGE } from "./support/memory-storage.js";
import { problem } from "./support/routes.js";
import { until } from "./support/waiting.js";

const CART = {
  customer: { email: "somebody@shop.example" },
  lines: [{ sku: "MUG-BLUE", quantity: 1 }],
  expected_total: { amount: 1800, currency: "EUR" },
  payment_method: "pm_sandbox_approve",
};
const UUID = /^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/;

let shop;
let storage;
let clock;

beforeEach(async () => {
  shop = await FakeShop.start();
  storage = new MemoryStorage();
  clock = new FastClock(40);
});

afterEach(() => shop.stop());

/** A page that tries again soon; `clock` lets it wait long in a short time. */
const page = (options) => new Orderbus(shop.url, { storage, random: () => 0.02, ...options });
const keys = () => shop.asked("POST", "/orders").map(({ headers }) => headers["idempotency-key"]);
const faults = (...list) => {
  shop.fault = () => list.shift();
};

test("an order is placed once, and its cart forgotten", async () => {
  const placed = await page().placeOrder(CART);
  assert.equal(placed.transaction_id, [...shop.orders.keys()][0]);
  assert.equal(placed.links.websocket, shop.websocketUrl);
  assert.match(keys()[0], UUID);
  assert.equal(storage.items.size, 0);
});

test("the same cart again is another order", async () => {
  const client = page();
  const first = await client.placeOrder(CART);
  const second = await client.placeOrder(CART);
  assert.notEqual(first.transaction_id, second.transaction_id);
});

test("answers that get lost, errors and odd answers lead to one order under one key", async () => {
  const proxy = { status: 200, document: undefined };
  faults("lose", "drop", { status: 500, document: {} }, { status: 503 }, proxy);
  const placed = await page().placeOrder(CART);
  assert.equal(shop.orders.size, 1);
  assert.equal(placed.transaction_id, [...shop.orders.keys()][0]);
  assert.equal(keys().length, 6);
  assert.equal(new Set(keys()).size, 1);
});

test("Retry-After is kept, in seconds and as a date", async () => {
  const at = [];
  const waits = [
    { status: 429, headers: { "retry-after": "20" } },
    { status: 503, headers: { "retry-after": new Date(clock.now() + 50_000).toUTCString() } },
  ];
  shop.fault = () => {
    at.push(clock.now());
    return waits.shift();
  };
  const begin = clock.now();
  await page({ clock }).placeOrder(CART);
  assert.ok(at[1] - at[0] >= 20_000, `tried again after ${at[1] - at[0]} ms`);
  assert.ok(at[2] - begin >= 49_000, `tried again after ${at[2] - begin} ms`);
});

test("a page that is reloaded in the middle places the same order", async () => {
  shop.fault = () => "lose";
  const leaving = new AbortController();
  const before = page().placeOrder(CART, { signal: leaving.signal });
  await until(() => shop.orders.size === 1);
  leaving.abort();
  await assert.rejects(before, { name: "AbortError" });
  shop.fault = () => undefined;
  // Another page makes the same cart, its members in another order.
  const again = Object.fromEntries(Object.entries(CART).reverse());
  const placed = await page().placeOrder(again);
  assert.equal(shop.orders.size, 1);
  assert.equal(placed.transaction_id, [...shop.orders.keys()][0]);
  assert.equal(storage.items.size, 0);
});

test("an order that nobody answers is Unanswered, and the same when it is tried later", async () => {
  shop.fault = () => "lose";
  await assert.rejects(page({ clock }).placeOrder(CART, { patience: 3_000 }), Unanswered);
  shop.fault = () => undefined;
  await page({ clock }).placeOrder(CART);
  assert.equal(shop.orders.size, 1);
});

test("what is kept of a cart names neither its contents nor its e-mail address", async () => {
  shop.fault = () => "drop";
  await assert.rejects(page().placeOrder(CART, { patience: 0 }), Unanswered);
  const kept = JSON.stringify([...storage.items]);
  assert.ok(!/somebody|MUG/.test(kept), kept);
});

test("a key is not used again a day later", async () => {
  shop.fault = () => "drop";
  await assert.rejects(page().placeOrder(CART, { patience: 0 }), Unanswered);
  shop.fault = () => undefined;
  const later = { ...clock, now: () => clock.now() + 86_400_000 };
  later.setTimeout = (callback, delay) => clock.setTimeout(callback, delay);
  later.clearTimeout = (timer) => clock.clearTimeout(timer);
  await page({ clock: later }).placeOrder(CART);
  assert.equal(new Set(keys()).size, 2);
});

test("a refusal says why, and another body is another order", async () => {
  const total = { amount: 1900, currency: "EUR" };
  const errors = [{ field: "expected_total", detail: "differs from `total`" }];
  faults(problem(409, "price-changed", { total, errors }));
  const client = page();
  const refusal = await client.placeOrder(CART).catch((error) => error);
  assert.ok(refusal instanceof OrderRefused);
  assert.equal(refusal.status, 409);
  assert.equal(refusal.type, "price-changed");
  assert.deepEqual(refusal.problem.total, total);
  assert.deepEqual(refusal.errors, errors);
  assert.equal(storage.items.size, 0);
  await client.placeOrder({ ...CART, expected_total: total });
  assert.equal(new Set(keys()).size, 2);
});

test("what the gateway refuses has a message and no type", async () => {
  faults({ status: 413, document: { message: "Request Entity Too Large" } });
  const refusal = await page()
    .placeOrder(CART)
    .catch((error) => error);
  assert.equal(refusal.type, undefined);
  assert.equal(refusal.message, "Request Entity Too Large");
});

test("a token that is refused leaves the key: the same body follows when it is renewed", async () => {
  faults("lose", { status: 401, document: { message: "Unauthorized" } });
  const client = page();
  // Its first try was accepted and is not heard of.
  await assert.rejects(client.placeOrder(CART, { token: "old", patience: 12_000 }));
  const placed = await client.placeOrder(CART, { token: "new" });
  assert.equal(placed.transaction_id, [...shop.orders.keys()][0]);
  assert.equal(shop.orders.size, 1);
});

test("a double click is one order", async () => {
  const client = page();
  const placed = await Promise.all([client.placeOrder(CART), client.placeOrder({ ...CART })]);
  assert.equal(placed[0].transaction_id, placed[1].transaction_id);
  assert.equal(shop.orders.size, 1);
  assert.equal(keys().length, 1);
});

test("two pages of one shop that order the same at once get one order", async () => {
  const placed = await Promise.all([page().placeOrder(CART), page().placeOrder(CART)]);
  assert.equal(placed[0].transaction_id, placed[1].transaction_id);
  assert.equal(storage.items.size, 0);
});

test("two carts at once are two orders", async () => {
  const client = page();
  const other = { ...CART, payment_method: "pm_sandbox_slow" };
  await Promise.all([client.placeOrder(CART), client.placeOrder(other)]);
  assert.equal(shop.orders.size, 2);
});

test("one caller of two may leave; the last one calls the request off", async () => {
  let asked = 0;
  shop.fault = () => {
    asked += 1;
    return "drop";
  };
  const client = page();
  const [first, second] = [new AbortController(), new AbortController()];
  const one = client.placeOrder(CART, { signal: first.signal });
  const two = client.placeOrder(CART, { signal: second.signal });
  first.abort();
  await assert.rejects(one, { name: "AbortError" });
  const before = asked;
  await until(() => asked > before);
  second.abort();
  await assert.rejects(two, { name: "AbortError" });
  shop.fault = () => undefined;
  await client.placeOrder(CART);
  assert.equal(new Set(keys()).size, 1);
});

test("a refusal is not believed while a try before it may still be accepted", async () => {
  // The first try is on its way to its commit; the second does not find it yet.
  faults("drop", problem(409, "shortage"));
  const placed = await page({ clock }).placeOrder(CART);
  assert.equal(placed.transaction_id, [...shop.orders.keys()][0]);
});

test("a refusal that stands is believed when no try can be under way any more", async () => {
  let asked = 0;
  shop.fault = () => {
    asked += 1;
    return asked === 1 ? "drop" : problem(409, "shortage");
  };
  const begin = clock.now();
  await assert.rejects(page({ clock }).placeOrder(CART), { type: "shortage" });
  assert.ok(clock.now() - begin >= 11_000);
  assert.equal(storage.items.size, 0);
});

test("without storage an order is placed once all the same", async () => {
  faults("lose", { status: 500 });
  const client = page({ storage: REFUSING_STORAGE });
  await client.placeOrder(CART);
  assert.equal(shop.orders.size, 1);
  await client.placeOrder(CART);
  assert.equal(shop.orders.size, 2);
});

test("an order is read and called off, through errors that pass", async () => {
  const order = shop.order(3);
  const client = page();
  faults({ status: 503 }, { status: 200 }, undefined, "drop");
  assert.equal((await client.getOrder(order.id, order.token)).transaction_id, order.id);
  assert.equal((await client.cancelOrder(order.id, order.token)).transaction_id, order.id);
  await assert.rejects(client.getOrder(order.id, "another"), { status: 403, type: "other-order" });
});
