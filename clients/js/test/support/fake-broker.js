import { createServer } from "node:http";
import { Aedes } from "aedes";
import { createWebSocketStream, WebSocketServer } from "ws";

/** A real MQTT broker for the fake shop: each session by an address that serves once, for one topic. */
export class FakeBroker {
  sessions = 0;
  #broker;
  #server = createServer();
  #sockets = new Set();
  #granted = new Map();
  grants = true;

  static async start(shop) {
    const broker = new FakeBroker();
    broker.#broker = await Aedes.createBroker({
      heartbeatInterval: 3_600_000,
      maxClientsIdLength: 128,
    });
    broker.#broker.authorizeSubscribe = (client, subscription, done) => {
      const isOwn = broker.#granted.get(client.id) === subscription.topic;
      done(null, isOwn && broker.grants ? subscription : null);
    };
    const wss = new WebSocketServer({ server: broker.#server });
    wss.on("connection", (ws) => broker.#connected(ws));
    await new Promise((resolve) => broker.#server.listen(0, "127.0.0.1", resolve));
    shop.mqtt = (order) => broker.#address(order);
    return broker;
  }

  #address(order) {
    this.sessions += 1;
    const topic = `orderbus/test/orders/${order.id}`;
    const clientId = `${order.id}-${this.sessions}`;
    this.#granted.set(clientId, topic);
    const url = `ws://127.0.0.1:${this.#server.address().port}/mqtt?signature=${this.sessions}`;
    return { url, topic, client_id: clientId, expires_at: new Date().toISOString() };
  }

  #connected(ws) {
    this.#sockets.add(ws);
    ws.on("close", () => this.#sockets.delete(ws));
    const stream = createWebSocketStream(ws);
    stream.on("error", () => {});
    this.#broker.handle(stream);
  }

  /** Publishes what an order's followers are to see, and keeps it for who comes later. */
  publish(order, message, { retain = true } = {}) {
    const topic = `orderbus/test/orders/${order.id}`;
    const payload = JSON.stringify(message);
    return new Promise((resolve, reject) => {
      this.#broker.publish({ topic, payload, qos: 1, retain }, (error) =>
        error ? reject(error) : resolve(),
      );
    });
  }

  get connected() {
    return this.#sockets.size;
  }

  cut() {
    for (const socket of this.#sockets) socket.terminate();
  }

  async stop() {
    this.cut();
    await new Promise((resolve) => this.#broker.close(resolve));
    this.#server.closeAllConnections();
    await new Promise((resolve) => this.#server.close(resolve));
  }
}
