import assert from "node:assert/strict";
import { afterEach, beforeEach, test } from "node:test";
import { Orderbus } from "../index.js";
import { FakeShop } from "./support/fake-shop.js";
import { all, until, upTo } from "./support/waiting.js";

let shop;
let client;

beforeEach(async () => {
  shop = await FakeShop.start();
  client = new Orderbus(shop.url, { websocketUrl: shop.websocketUrl });
});

afterEach(() => shop.stop());

const track = (order) => client.trackOrder(order.id, order.token);
const followed = () => [...shop.sockets].map(({ followers }) => followers.size);
const sent = (action) => shop.frames.filter((frame) => frame.action === action);

test("all that one page follows shares a connection, which ends with the last", async () => {
  const orders = [shop.order(1), shop.order(1), shop.order(1)];
  const trackings = orders.map(track);
  const watching = client.watchProduct("MUG-BLUE");
  await until(() => shop.frames.length === 4);
  assert.equal(shop.opened, 1);
  trackings[0].close();
  await until(() => sent("unsubscribe").length === 1);
  assert.deepEqual(sent("unsubscribe")[0], {
    action: "unsubscribe",
    transaction_id: orders[0].id,
  });
  watching.close();
  await until(() => sent("unsubscribe").length === 2);
  assert.deepEqual(sent("unsubscribe")[1], { action: "unsubscribe", product: "MUG-BLUE" });
  trackings[1].close();
  orders[2].advance();
  await all(trackings[2]);
  await until(() => shop.sockets.size === 0);
  assert.equal(shop.opened, 1);
});

test("an order that is followed twice is told to both, until the last has gone", async () => {
  const order = shop.order(2);
  const [first, second] = [track(order), track(order)];
  await until(() => shop.frames.length === 2);
  order.advance();
  assert.equal((await first.next()).value.sequence, 1);
  assert.equal((await second.next()).value.sequence, 1);
  first.close();
  order.advance();
  assert.equal((await second.next()).value.sequence, 2);
  assert.equal(sent("unsubscribe").length, 0);
  await until(() => shop.sockets.size === 0);
});

test("what is beyond fifty goes on a second connection", async () => {
  const trackings = upTo(51).map(() => track(shop.order(1)));
  await until(() => followed().length === 2 && followed()[0] + followed()[1] === 51);
  assert.deepEqual(followed().sort(), [1, 50]);
  for (const tracking of trackings) tracking.close();
  await until(() => shop.sockets.size === 0);
});

test("what a server finds too many goes on another connection", async () => {
  shop.refuse = (_frame, ws) => (ws.followers.size === 2 ? { code: "too-many" } : undefined);
  const trackings = upTo(3).map(() => track(shop.order(1)));
  await until(() => followed().length === 2 && followed()[0] + followed()[1] === 3);
  for (const tracking of trackings) tracking.close();
});

test("the bad token of one page element does not end the others", async () => {
  const order = shop.order(1);
  const good = track(order);
  await until(() => followed()[0] === 1);
  await new Promise((resolve) => good.addEventListener("connection", resolve, { once: true }));
  await until(() => shop.frames.length === 1);
  const bad = client.trackOrder(order.id, "forged");
  await assert.rejects(all(bad), { code: "invalid-token" });
  order.advance();
  assert.equal((await all(good)).length, 1);
});
