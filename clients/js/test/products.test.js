import assert from "node:assert/strict";
import { afterEach, beforeEach, test } from "node:test";
import { Orderbus } from "../index.js";
import { FastClock } from "./support/clocks.js";
import { FakeShop } from "./support/fake-shop.js";
import { statesOf, until } from "./support/waiting.js";

let shop;

beforeEach(async () => {
  shop = await FakeShop.start();
  shop.products = ["A", "B", "C", "D", "E"].map((sku) => offer(sku, 7));
});

afterEach(() => shop.stop());

const price = { amount: 100, currency: "EUR" };
const offer = (sku, available) => ({ sku, name: sku, unit_price: price, available });
const announced = (version, most) => ({
  sku: "C",
  version,
  name: "C",
  unit_price: price,
  available_at_most: most,
  in_stock: most !== 0,
});
const isWatched = () => [...shop.sockets].some(({ products }) => products.has("C"));

test("all products are listed, page by page, through errors that pass", async () => {
  const faults = [undefined, { status: 500 }, "drop"];
  shop.fault = () => faults.shift();
  const client = new Orderbus(`${shop.url}/`, { random: () => 0.02 });
  assert.deepEqual(
    (await client.products()).map(({ sku }) => sku),
    ["A", "B", "C", "D", "E"],
  );
});

test("a product is told as it stands, then each change, and never an older one", async () => {
  shop.products[2].announced = announced(4, 5);
  const client = new Orderbus(shop.url, { websocketUrl: shop.websocketUrl });
  const watching = client.watchProduct("C");
  assert.deepEqual((await watching.next()).value, announced(4, 5));
  for (const product of [announced(3, 9), announced(4, 5), announced(6, 0)]) shop.announce(product);
  assert.deepEqual((await watching.next()).value, announced(6, 0));
  shop.announce(announced(5, 3));
  shop.announce(announced(7, null));
  assert.deepEqual((await watching.next()).value, announced(7, null));
  watching.close();
  assert.equal((await watching.next()).done, true);
  assert.equal(shop.requests.length, 0);
  await until(() => shop.sockets.size === 0);
});

test("where no WebSocket can be had the catalogue is read, once for all who watch", async () => {
  const client = new Orderbus(shop.url, { clock: new FastClock(100) });
  const [first, second] = [client.watchProduct("C"), client.watchProduct("E")];
  const states = statesOf(first);
  const product = (await first.next()).value;
  assert.deepEqual(product, { ...announced(null, 7), in_stock: true });
  assert.equal((await second.next()).value.sku, "E");
  assert.equal(states.at(-1).state, "polling");
  shop.products[2].available = 0;
  assert.deepEqual((await first.next()).value, { ...announced(null, 0), in_stock: false });
  assert.equal(shop.opened, 0);
  const before = shop.requests.length;
  await until(() => shop.requests.length >= before + 6);
  first.close();
  second.close();
});

test("as soon as an order tells where the WebSocket is, products are watched there", async () => {
  const client = new Orderbus(shop.url);
  const watching = client.watchProduct("C");
  await watching.next();
  const order = shop.order(1);
  await client.getOrder(order.id, order.token);
  await until(isWatched);
  shop.announce(announced(8, 1));
  assert.deepEqual((await watching.next()).value, announced(8, 1));
  watching.close();
});

test("a catalogue that can't be read is read later", async () => {
  shop.fault = () => ({ status: 500 });
  const client = new Orderbus(shop.url, { clock: new FastClock(100) });
  const watching = client.watchProduct("C");
  await until(() => shop.requests.length > 10);
  shop.fault = () => undefined;
  assert.equal((await watching.next()).value.available_at_most, 7);
  watching.close();
});
