import { createServer } from "node:http";
import { WebSocketServer } from "ws";
import { FakeOrder } from "./fake-order.js";
import { respond } from "./routes.js";

/** A small Orderbus that keeps the contract, and goes wrong where a test wants it to. */
export class FakeShop {
  orders = new Map();
  byKey = new Map();
  products = [];
  /** Every request, as it came. */
  requests = [];
  /** Every frame that a client sent, and the sockets that are open. */
  frames = [];
  sockets = new Set();
  /** How many sockets were ever opened. */
  opened = 0;
  /** What goes wrong with a request: "drop" it, "lose" its answer, or answer something else. */
  fault = () => undefined;
  /** How an order's step is told to one follower. */
  push = (order, follower) => follower.update(order.update());
  /** What is answered to a subscription, other than the update. */
  refuse = () => undefined;
  acceptsSockets = true;
  answersPings = true;
  /** How many long polls wait for news. */
  waiting = 0;
  waits = true;
  /** Real seconds for each second that a caller asks to wait. */
  waitScale = 1;
  stepsPage = 50;
  mqtt = undefined;
  switches = { authorize: "as_asked", capture: "as_asked" };
  #unanswered = new Set();
  #server = createServer((request, response) => this.#serve(request, response));
  #wss = new WebSocketServer({ noServer: true });

  static async start() {
    const shop = new FakeShop();
    shop.#server.on("upgrade", (request, socket, head) => shop.#upgrade(request, socket, head));
    await new Promise((resolve) => shop.#server.listen(0, "127.0.0.1", resolve));
    return shop;
  }

  get url() {
    return `http://127.0.0.1:${this.#server.address().port}`;
  }

  get websocketUrl() {
    return `${this.url.replace("http", "ws")}/live`;
  }

  async stop() {
    this.cut();
    for (const socket of this.#unanswered) socket.destroy();
    this.#server.closeAllConnections();
    await new Promise((resolve) => this.#server.close(resolve));
  }

  /** Adds an order of so many steps. */
  order(steps) {
    const order = new FakeOrder(steps);
    this.orders.set(order.id, order);
    return order;
  }

  linksOf({ id }) {
    const self = `${this.url}/orders/${id}`;
    const websocket = this.websocketUrl;
    return { self, updates: `${self}/updates`, cancel: `${self}/cancel`, websocket };
  }

  /** Ends every connection without a word. */
  cut() {
    for (const socket of this.sockets) socket.terminate();
  }

  /** Answers the requests of a method to paths that begin so. */
  asked(method, start = "/") {
    return this.requests.filter((r) => r.method === method && r.path.startsWith(start));
  }

  /** Tells every follower of a product. */
  announce(product) {
    for (const socket of this.sockets) {
      if (socket.products?.has(product.sku)) tell(socket, { type: "product", product });
    }
  }

  /** Tells every operator. */
  report(events) {
    for (const socket of this.sockets) {
      if (socket.operations) tell(socket, { type: "events", events });
    }
  }

  async #serve(request, response) {
    const body = await bodyOf(request);
    const path = request.url;
    const seen = { method: request.method, path, headers: request.headers, body, at: Date.now() };
    this.requests.push(seen);
    const fault = this.fault(seen);
    if (fault === "drop") {
      request.socket.destroy();
      return;
    }
    const answer = typeof fault === "object" ? fault : await respond(this, seen, response);
    if (fault === "lose") {
      request.socket.destroy();
      return;
    }
    const { status = 200, headers = {}, document } = answer;
    response.writeHead(status, { "content-type": "application/json", ...headers });
    response.end(document === undefined ? undefined : JSON.stringify(document));
  }

  #upgrade(request, socket, head) {
    this.opened += 1;
    if (this.acceptsSockets === "never answers") {
      this.#unanswered.add(socket);
      return;
    }
    if (!this.acceptsSockets) {
      socket.destroy();
      return;
    }
    this.#wss.handleUpgrade(request, socket, head, (ws) => {
      this.sockets.add(ws);
      Object.assign(ws, { followers: new Map(), products: new Set(), operations: false });
      ws.on("message", (data) => this.#received(ws, JSON.parse(String(data))));
      ws.on("close", () => {
        this.sockets.delete(ws);
        for (const follower of ws.followers.values()) follower.leave();
      });
    });
  }

  #received(ws, frame) {
    this.frames.push(frame);
    if (frame.action === "ping") {
      if (this.answersPings) tell(ws, { type: "pong" });
      return;
    }
    const about = frame.product
      ? { product: frame.product }
      : { transaction_id: frame.transaction_id };
    if (frame.action === "unsubscribe") {
      ws.followers.get(frame.transaction_id)?.leave();
      ws.products.delete(frame.product);
      tell(ws, { type: "unsubscribed", ...about });
      return;
    }
    const refusal = this.refuse(frame, ws);
    if (refusal === "silence") return;
    if (refusal) tell(ws, { type: "error", ...(frame.operations ? {} : about), ...refusal });
    else this.#subscribe(ws, frame);
  }

  #subscribe(ws, frame) {
    if (frame.operations) {
      ws.operations = true;
      tell(ws, { type: "subscribed", operations: true });
    } else if (frame.product) {
      ws.products.add(frame.product);
      const product = this.products.find(({ sku }) => sku === frame.product);
      if (product?.announced) tell(ws, { type: "product", product: product.announced });
    } else this.#follow(ws, frame);
  }

  #follow(ws, { transaction_id: id, token, after = 0 }) {
    const order = this.orders.get(id);
    const error = { type: "error", transaction_id: id };
    if (!order) tell(ws, { ...error, code: "unknown-order" });
    else if (order.token !== token) {
      tell(ws, { ...error, code: "invalid-token", reason: "altered" });
    } else {
      ws.followers.get(id)?.leave();
      ws.followers.set(id, new Follower(this, order, ws));
      tell(ws, { type: "update", update: order.update(after) });
    }
  }
}

/** One order on one connection. */
class Follower {
  constructor(shop, order, ws) {
    this.ws = ws;
    const step = () => shop.push(order, this);
    order.on("step", step);
    this.leave = () => order.off("step", step);
  }

  update(update) {
    tell(this.ws, { type: "update", update });
  }

  changed({ id, reached }) {
    tell(this.ws, { type: "changed", transaction_id: id, sequence: reached });
  }
}

export function tell(ws, frame) {
  if (ws.readyState === ws.OPEN) ws.send(JSON.stringify(frame));
}

async function bodyOf(request) {
  let text = "";
  for await (const chunk of request) text += chunk;
  return text;
}
