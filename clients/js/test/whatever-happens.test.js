import assert from "node:assert/strict";
import { randomInt } from "node:crypto";
import { afterEach, beforeEach, test } from "node:test";
import { Orderbus } from "../index.js";
import { Chance } from "./support/chance.js";
import { FastClock } from "./support/clocks.js";
import { FakeBroker } from "./support/fake-broker.js";
import { FakeShop } from "./support/fake-shop.js";
import { all, upTo } from "./support/waiting.js";

// One run again: SEED=… RUNS=1 npm test; a long one: RUNS=100 npm test
const SEED = Number(process.env.SEED ?? randomInt(2 ** 31));
const RUNS = Number(process.env.RUNS ?? 3);
const SPEED = 20;

let shop;
let broker;

beforeEach(async () => {
  shop = await FakeShop.start();
  shop.waitScale = 1 / SPEED;
  broker = await FakeBroker.start(shop);
});

afterEach(async () => {
  await broker.stop();
  await shop.stop();
});

const soon = (chance) => new Promise((resolve) => setTimeout(resolve, chance.between(0, 25)));

/** Answers updates as a bad channel tells them: some not at all, some twice, some late, old ones again. */
function mangled(chance, order) {
  const told = [];
  // A step may be told together with those after it; the last one is told.
  if (order.isOver || chance.happens(0.6)) told.push(order.update(order.reached - 1));
  if (chance.happens(0.2)) told.push(order.update());
  if (chance.happens(0.2)) told.push(order.at(chance.between(1, order.reached)));
  if (chance.happens(0.1)) told.push(order.at(chance.between(0, order.reached)));
  return told;
}

function pushBadly(chance) {
  shop.push = (order, follower) => {
    for (const update of mangled(chance, order)) {
      const tell = () => (chance.happens(0.1) ? follower.changed(order) : follower.update(update));
      if (chance.happens(0.3)) setTimeout(tell, chance.between(1, 15));
      else tell();
    }
  };
}

async function publishBadly(chance, order) {
  for (const update of mangled(chance, order)) {
    // What is retained is the newest; what is late is a message of its own.
    const retain = update.sequence === order.reached;
    await broker.publish(order, update, { retain });
  }
}

function answerBadly(chance) {
  const faults = [
    "drop",
    "lose",
    { status: 500 },
    { status: 503, headers: { "retry-after": "1" } },
    { status: 429, headers: { "retry-after": "2" } },
    { status: 200 },
  ];
  shop.fault = () => (chance.happens(0.25) ? faults[chance.between(0, 5)] : undefined);
}

async function happen(chance, order) {
  while (!order.isOver) {
    order.advance(chance.happens(0.2) ? Math.min(3, order.steps.length - order.reached) : 1);
    await publishBadly(chance, order);
    if (chance.happens(0.25)) shop.cut();
    if (chance.happens(0.15)) broker.cut();
    shop.acceptsSockets = chance.happens(0.75);
    shop.waits = chance.happens(0.5);
    await soon(chance);
  }
  shop.acceptsSockets = true;
}

for (const channels of [
  ["websocket", "polling"],
  ["mqtt", "polling"],
  ["mqtt", "websocket", "polling"],
  ["websocket"],
  ["polling"],
]) {
  for (let run = 0; run < RUNS; run += 1) {
    const seed = SEED + run;
    test(`each step is told once and in order on ${channels} (SEED=${seed})`, async () => {
      const chance = new Chance(seed);
      pushBadly(chance);
      answerBadly(chance);
      shop.refuse = () => (chance.happens(0.1) ? { code: "busy" } : undefined);
      const random = () => chance.number();
      const client = new Orderbus(shop.url, { clock: new FastClock(SPEED), random });
      const orders = upTo(4).map(() => shop.order(chance.between(1, 60)));
      const told = orders.map((order) =>
        all(client.trackOrder(order.id, order.token, { channels, links: shop.linksOf(order) })),
      );
      await Promise.all(orders.map((order) => happen(chance, order)));
      for (const [index, order] of orders.entries()) {
        const steps = await told[index];
        assert.deepEqual(
          steps.map(({ sequence }) => sequence),
          upTo(order.steps.length),
        );
        assert.ok(steps.every(({ transaction_id: id }) => id === order.id));
      }
    });
  }
}

for (let run = 0; run < RUNS; run += 1) {
  const seed = SEED + run;
  test(`the newest never goes backwards, and the last is told (SEED=${seed})`, async () => {
    const chance = new Chance(seed);
    pushBadly(chance);
    answerBadly(chance);
    const client = new Orderbus(shop.url, { clock: new FastClock(SPEED) });
    const order = shop.order(40);
    const links = shop.linksOf(order);
    const told = all(client.trackOrder(order.id, order.token, { every: false, links }));
    await happen(chance, order);
    const sequences = (await told).map(({ sequence }) => sequence);
    assert.deepEqual(
      sequences,
      [...new Set(sequences)].sort((a, b) => a - b),
    );
    assert.equal(sequences.at(-1), 40);
  });
}
