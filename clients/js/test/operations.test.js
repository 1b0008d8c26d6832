import assert from "node:assert/strict";
import { afterEach, beforeEach, test } from "node:test";
import { Orderbus } from "../index.js";
import { FakeShop } from "./support/fake-shop.js";
import { all, statesOf, until } from "./support/waiting.js";

let shop;
let client;

beforeEach(async () => {
  shop = await FakeShop.start();
  client = new Orderbus(shop.url, { websocketUrl: shop.websocketUrl, random: () => 0.1 });
});

afterEach(() => shop.stop());

const event = (id) => ({
  transaction_id: "t",
  sequence: 1,
  event_id: id,
  detail_type: "OrderPlaced",
});
const isFed = () => [...shop.sockets].some(({ operations }) => operations);

test("an operator is told each event once, through a break of the connection", async () => {
  const feed = client.operations({ token: "jwt" });
  const states = statesOf(feed);
  await until(isFed);
  assert.deepEqual(shop.frames[0], { action: "subscribe", operations: true, token: "jwt" });
  shop.report([event("1"), event("2")]);
  assert.deepEqual((await feed.next()).value, [event("1"), event("2")]);
  shop.cut();
  await until(() => states.some(({ state }) => state === "reconnecting"));
  await until(isFed);
  shop.report([event("2"), event("3")]);
  assert.deepEqual((await feed.next()).value, [event("3")]);
  feed.close();
  await until(() => shop.sockets.size === 0);
});

test("an operator's token that is refused ends the feed with an error", async () => {
  shop.refuse = () => ({ code: "scope" });
  await assert.rejects(all(client.operations()), { name: "TrackingRefused", code: "scope" });
  await until(() => shop.sockets.size === 0);
});

test("the feed has a connection of its own, which ends with it", async () => {
  const order = shop.order(1);
  const tracking = client.trackOrder(order.id, order.token);
  const feed = client.operations();
  await until(isFed);
  await until(() => shop.sockets.size === 2);
  feed.close();
  await until(() => shop.sockets.size === 1);
  assert.equal(isFed(), false);
  tracking.close();
});

test("without the address of a WebSocket the feed says so", async () => {
  const feed = new Orderbus(shop.url).operations();
  await assert.rejects(all(feed), { name: "Unsupported", code: "no-websocket" });
});

test("an operator reads an order's story and sets the sandbox", async () => {
  const order = shop.order(1);
  assert.equal((await client.operationsOrder(order.id, { token: "jwt" })).update.sequence, 0);
  assert.equal(shop.requests[0].headers.authorization, "Bearer jwt");
  assert.deepEqual(await client.sandbox(), { authorize: "as_asked", capture: "as_asked" });
  const wanted = { authorize: "decline", capture: "fail" };
  assert.deepEqual(await client.setSandbox(wanted), wanted);
  assert.deepEqual(shop.switches, wanted);
});
