import { SocketChannel } from "./channels/websocket.js";
import { Unsupported } from "./errors.js";
import { Ladder } from "./ladder.js";
import { running } from "./running.js";

/** @typedef {import("../index.js").OperationsEvent} OperationsEvent */

/** How many events are remembered, to tell each once when one connection takes over from another. */
const REMEMBERED = 2_000;

/** Everything that happens on the stage, for an operator. */
export class OperationsFeed {
  #services;
  #token;
  #sink;
  #abort = new AbortController();
  #ladder;
  /** @type {Set<string>} */
  #seen = new Set();

  /**
   * @param {import("./tracking.js").Services} services `connections` of its own: the feed has no
   *     frame that ends it but the end of its connection
   * @param {string | undefined} token
   * @param {import("./following.js").Sink<OperationsEvent[]>} sink
   */
  constructor(services, token, sink) {
    this.#services = services;
    this.#token = token;
    this.#sink = sink;
    const { host, connections } = services;
    const run = running(sink.fail, this.#abort.signal);
    /** @type {(listener: import("./ladder.js").Listener) => import("./ladder.js").Channel} */
    const make = (listener) =>
      new SocketChannel(this.#topic(), { host, connections, run }, listener);
    this.#ladder = new Ladder([{ name: "websocket", make }], {
      clock: host.clock,
      connection: sink.connection,
      nothingLeft: (reason) =>
        sink.fail(new Unsupported(reason, "the feed needs a WebSocket: pass websocketUrl")),
    });
  }

  /** Begins; answers what ends it. */
  start() {
    this.#ladder.start();
    return () => {
      this.#abort.abort();
      this.#ladder.stop();
    };
  }

  /** @returns {import("./channels/websocket.js").Topic} */
  #topic() {
    const token = this.#token === undefined ? {} : { token: this.#token };
    return {
      key: "operations",
      subscribe: () => ({ action: "subscribe", operations: true, ...token }),
      answersAtOnce: true,
      address: async () => {
        const address = this.#services.addresses.websocket;
        if (address) return address;
        throw new Unsupported("no-websocket", "the shop told no address of a WebSocket");
      },
      received: (frame) => this.#received(frame),
    };
  }

  /** @param {{ type: string, events?: OperationsEvent[] }} frame */
  #received({ type, events = [] }) {
    const fresh = events.filter(({ event_id: id }) => !this.#seen.has(id));
    for (const { event_id: id } of fresh) this.#seen.add(id);
    for (const id of this.#seen) {
      if (this.#seen.size <= REMEMBERED) break;
      this.#seen.delete(id);
    }
    if (type === "events" && fresh.length > 0) this.#sink.push(fresh);
  }
}
