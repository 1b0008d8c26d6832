import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { test } from "node:test";
import * as client from "../index.js";
import { FakeShop } from "./support/fake-shop.js";
import { problem } from "./support/routes.js";
import { until } from "./support/waiting.js";

const CART = { lines: [{ sku: "MUG-BLUE", quantity: 1 }] };

/** Answers the README's first example as a function of what it takes for granted. */
async function example() {
  const readme = await readFile(new URL("../README.md", import.meta.url), "utf8");
  const [, code] = /```js\n(.*?)```/s.exec(readme);
  const [imported, body] = code.split(/(?<=;)\n\n/);
  const [, names] = /^import \{(.*)\} from "@orderbus\/client";$/.exec(imported);
  const AsyncFunction = (async () => {}).constructor;
  const run = new AsyncFunction(
    "client",
    "apiUrl",
    "cart",
    "show",
    `const {${names}} = client;${body}`,
  );
  return (apiUrl, show) => run(client, apiUrl, CART, show);
}

test("the README's example places an order and shows its steps", async () => {
  const shop = await FakeShop.start();
  const shown = [];
  const running = (await example())(shop.url, (...what) => shown.push(what));
  const order = await until(() => [...shop.orders.values()][0]);
  order.advance(3);
  await running;
  assert.deepEqual(
    shown.map(([status]) => status),
    ["PENDING", "PENDING", "CONFIRMED"],
  );
  await shop.stop();
});

test("the README's example shows why an order is refused", async () => {
  const shop = await FakeShop.start();
  shop.fault = () => problem(409, "shortage");
  const shown = [];
  await (await example())(shop.url, (...what) => shown.push(what));
  assert.equal(shown[0][0], "shortage");
  await shop.stop();
});

test("the package says what it exports", async () => {
  const imported = await import("@orderbus/client");
  assert.deepEqual(Object.keys(imported).sort(), [
    "OrderRefused",
    "Orderbus",
    "OrderbusError",
    "TrackingRefused",
    "Unanswered",
    "Unsupported",
  ]);
});

test("a browser can import it as it lies: by relative names with extensions, nothing else", async () => {
  const seen = new Set();
  const visit = async (url) => {
    if (seen.has(url.href)) return;
    seen.add(url.href);
    const source = await readFile(url, "utf8");
    for (const [, name] of source.matchAll(/^(?:import|export)\b[^;]*?\bfrom "([^"]+)";/gms)) {
      assert.match(name, /^\.{1,2}\/.*\.js$/, `${url.pathname} imports ${name}`);
      await visit(new URL(name, url));
    }
  };
  await visit(new URL("../index.js", import.meta.url));
  assert.ok(seen.size > 20);
});
