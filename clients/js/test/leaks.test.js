import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { afterEach, beforeEach, test } from "node:test";
import { FakeBroker } from "./support/fake-broker.js";
import { FakeShop } from "./support/fake-shop.js";

let shop;
let broker;

beforeEach(async () => {
  shop = await FakeShop.start();
  broker = await FakeBroker.start(shop);
});

afterEach(async () => {
  await broker.stop();
  await shop.stop();
});

/** Runs a program of its own, which has to end by itself. */
async function ends(body, order) {
  const program = `
    import { Orderbus } from "@orderbus/client";
    const shop = new Orderbus("${shop.url}", { websocketUrl: "${shop.websocketUrl}" });
    const live = (following) => new Promise((resolve) =>
      following.addEventListener("connection", ({ detail }) => /live|polling/.test(detail.state) && resolve()));
    const [id, token] = ["${order.id}", "${order.token}"];
    ${body}
    console.log("done");`;
  const child = spawn(process.execPath, ["--input-type=module", "--eval", program], {
    cwd: new URL("..", import.meta.url),
    stdio: ["ignore", "pipe", "inherit"],
    timeout: 20_000,
  });
  let output = "";
  let doneAt = 0;
  child.stdout.on("data", (data) => {
    output += data;
    doneAt = performance.now();
  });
  const [code] = await once(child, "close");
  assert.equal(output, "done\n");
  assert.equal(code, 0);
  return performance.now() - doneAt;
}

for (const [what, body] of [
  ["a WebSocket is closed", "const t = shop.trackOrder(id, token); await live(t); t.close();"],
  [
    "a poll is closed",
    'const t = shop.trackOrder(id, token, { channels: ["polling"] }); await live(t); t.close();',
  ],
  [
    "a long poll is closed",
    `const t = shop.trackOrder(id, token, { channels: ["polling"] });
     await new Promise((resolve) => setTimeout(resolve, 300)); t.close();`,
  ],
  [
    "MQTT is closed",
    'const t = shop.trackOrder(id, token, { channels: ["mqtt"] }); await live(t); t.close();',
  ],
  [
    "a product's and the operators' connections are closed",
    `const all = [shop.watchProduct("A"), shop.operations()];
     await Promise.all(all.map(live)); for (const each of all) each.close();`,
  ],
  ["something is closed before it has begun", "shop.trackOrder(id, token).close();"],
]) {
  test(`nothing keeps Node alive after ${what}`, async () => {
    const lingered = await ends(body, shop.order(3));
    assert.ok(lingered < 5_000, `it lingered for ${lingered} ms`);
  });
}

test("nothing keeps Node alive after an order is placed and followed to its end", async () => {
  const finished = shop.order(3);
  finished.advance(3);
  await ends("for await (const update of shop.trackOrder(id, token)) update.final;", finished);
});
