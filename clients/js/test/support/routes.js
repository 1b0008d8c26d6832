import { once } from "node:events";

const ORDER = /^\/orders\/([^/?]+)(?:\/(updates|steps|cancel|mqtt))?$/;

/** Answers a request as the contract has it. */
export async function respond(shop, request, response) {
  const { pathname, searchParams } = new URL(request.path, "http://shop");
  if (pathname === "/products") return products(shop, searchParams);
  if (pathname === "/orders") return checkout(shop, request);
  if (pathname === "/operations/sandbox") return sandbox(shop, request);
  const [, id, what] = ORDER.exec(pathname.replace(/^\/operations/, "")) ?? [];
  const order = shop.orders.get(id);
  if (!order) return problem(404, "no-such-order");
  if (pathname.startsWith("/operations"))
    return { document: { update: order.update(), events: [] } };
  if (request.headers.authorization !== `Bearer ${order.token}`) return problem(403, "other-order");
  const routes = { updates, steps, mqtt, cancel: representation, undefined: representation };
  return routes[what](shop, order, searchParams, request, response);
}

export function problem(status, code, members = {}) {
  const document = {
    type: `urn:orderbus:problem:${code}`,
    title: "No",
    status,
    detail: `${code}!`,
  };
  return { status, document: { ...document, ...members } };
}

function products(shop, query) {
  const offers = shop.products.map(({ announced, ...offer }) => offer);
  const first = query.get("cursor")
    ? offers.findIndex(({ sku }) => sku === query.get("cursor")) + 1
    : 0;
  const page = offers.slice(first, first + 2);
  const next = first + 2 < offers.length ? page.at(-1).sku : null;
  return { document: { products: page, next } };
}

function checkout(shop, { headers, body }) {
  const key = headers["idempotency-key"];
  const earlier = shop.byKey.get(key);
  if (earlier && earlier.body !== body) return problem(422, "idempotency-key-reused");
  const order = earlier?.order ?? shop.order(3);
  shop.byKey.set(key, { order, body });
  const { id, token } = order;
  const links = shop.linksOf(order);
  const document = { transaction_id: id, status: "PENDING", tracking_token: token, links };
  return { status: 202, document };
}

function sandbox(shop, { method, body }) {
  if (method === "POST") Object.assign(shop.switches, JSON.parse(body));
  return { document: shop.switches };
}

function representation(shop, order) {
  return { document: { transaction_id: order.id, status: "PENDING", links: shop.linksOf(order) } };
}

async function updates(shop, order, query, request, response) {
  const after = Number(query.get("after") ?? 0);
  const wait = Number(query.get("wait") ?? 0);
  if (shop.waits && wait > 0 && order.reached <= after && !order.isOver) {
    shop.waiting += 1;
    await newsWithin(order, wait * 1000 * shop.waitScale, response);
    shop.waiting -= 1;
  }
  const update = order.update(after);
  const etag = `"${update.sequence}"`;
  const headers = { etag, ...(update.final ? {} : { "retry-after": "1" }) };
  if (request.headers["if-none-match"] === etag) return { status: 304, headers };
  return { headers, document: update };
}

/** Answers after the order's next step, when time is up, or when the caller has gone. */
async function newsWithin(order, milliseconds, response) {
  const over = new AbortController();
  const timer = setTimeout(() => over.abort(), milliseconds);
  response.once("close", () => over.abort());
  await once(order, "step", { signal: over.signal }).catch(() => {});
  clearTimeout(timer);
}

function steps(shop, order, query) {
  const after = Number(query.get("after") ?? 0);
  const known = order.steps.slice(0, order.reached);
  const page = known.slice(after, after + shop.stepsPage);
  const more = after + shop.stepsPage < known.length;
  return { document: { transaction_id: order.id, steps: page, more } };
}

function mqtt(shop, order) {
  return shop.mqtt ? { document: shop.mqtt(order) } : problem(404, "mqtt-off");
}
