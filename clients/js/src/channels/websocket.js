import { Backoff } from "../backoff.js";
import { Alarm } from "../clock.js";
import { TrackingRefused, Transient, Unsupported } from "../errors.js";

/** @typedef {import("../ladder.js").Channel} Channel */
/** @typedef {import("../connection.js").Follower} Follower */

const CONFIRMED_WITHIN = 10_000;
/** Before a subscription that failed is tried again. */
const LEAST = 500;
const ABOUT_TOKEN = ["invalid-token", "other-order", "scope"];

/**
 * What is followed on a WebSocket.
 *
 * @typedef {object} Topic
 * @property {string} key
 * @property {() => object} subscribe
 * @property {object} [unsubscribe]
 * @property {boolean} answersAtOnce whether a subscription is always answered
 * @property {(signal: AbortSignal) => Promise<string>} address
 * @property {(frame: any) => void} received
 * @property {() => Error} [unknown] what it means that the server does not know the topic
 */

/**
 * A topic on a connection that it shares with others.
 *
 * @implements {Channel}
 * @implements {Follower}
 */
export class SocketChannel {
  #topic;
  #connections;
  #run;
  #listener;
  #backoff;
  #again;
  #abort = new AbortController();
  #address = "";
  /** @type {import("../connection.js").Connection | undefined} */
  #connection;
  isConfirmed = false;

  /**
   * @param {Topic} topic
   * @param {object} deps
   * @param {import("../host.js").Host} deps.host
   * @param {import("../connections.js").Connections} deps.connections
   * @param {(work: () => Promise<void>) => void} deps.run
   * @param {import("../ladder.js").Listener} listener
   */
  constructor(topic, { host, connections, run }, listener) {
    this.#topic = topic;
    this.#connections = connections;
    this.#run = run;
    this.#listener = listener;
    this.#backoff = new Backoff(host.random);
    this.#again = new Alarm(host.clock);
  }

  get key() {
    return this.#topic.key;
  }

  get unsubscribe() {
    return this.#topic.unsubscribe;
  }

  start() {
    this.#run(() => this.#join());
  }

  stop() {
    this.#abort.abort();
    this.#leave();
  }

  /** The connection looks for itself, once for all who share it. */
  check() {}

  subscribe() {
    return this.#topic.subscribe();
  }

  opened() {
    this.isConfirmed = false;
    if (this.#topic.answersAtOnce) this.#again.set(CONFIRMED_WITHIN, () => this.#unconfirmed());
    else this.#listener.live();
  }

  /** @param {string} reason */
  lost(reason) {
    this.#again.clear();
    this.isConfirmed = false;
    this.#listener.down(reason);
  }

  /** @param {string} reason */
  unavailable(reason) {
    this.#listener.unavailable(reason);
  }

  /** @param {any} frame */
  received(frame) {
    if (frame.type === "error") {
      this.#run(async () => this.#refused(frame));
      return;
    }
    if (frame.type === "unsubscribed") return;
    this.#again.clear();
    this.#backoff.reset();
    this.isConfirmed = true;
    this.#listener.live();
    this.#topic.received(frame);
  }

  async #join() {
    const { signal } = this.#abort;
    try {
      this.#address = await this.#topic.address(signal);
    } catch (error) {
      if (signal.aborted) return;
      if (!(error instanceof Unsupported)) throw error;
      this.#listener.unavailable(error.code);
      return;
    }
    if (!signal.aborted) this.#connection = this.#connections.join(this.#address, this);
  }

  #leave() {
    this.#again.clear();
    const connection = this.#connection;
    this.#connection = undefined;
    if (connection) this.#connections.leave(connection, this);
  }

  #unconfirmed() {
    this.#listener.down("no answer to the subscription");
    this.#connection?.renew(this);
  }

  /** @param {{ code: string, reason?: string, detail?: string }} error */
  #refused({ code, reason, detail }) {
    if (this.#abort.signal.aborted) return;
    if (ABOUT_TOKEN.includes(code)) throw new TrackingRefused(code, reason ?? detail);
    if (code === "bad-message") {
      this.#listener.unavailable(code);
    } else {
      const delay = code === "unknown-order" ? this.#unknown() : this.#backoff.next() + LEAST;
      this.#listener.down(code);
      const mend = () => (code === "too-many" ? this.#move() : this.#connection?.renew(this));
      this.#again.set(delay, mend);
    }
  }

  /** Goes to another connection: this one follows as much as it may. */
  #move() {
    const connection = this.#connection;
    if (!connection) return;
    connection.isFull = true;
    this.#leave();
    this.#connection = this.#connections.join(this.#address, this);
  }

  /** Answers when to subscribe again to what the server does not know yet; throws when it never will. */
  #unknown() {
    const meaning = this.#topic.unknown?.() ?? new Transient("unknown");
    if (!(meaning instanceof Transient)) throw meaning;
    return meaning.retryAfter ?? this.#backoff.next();
  }
}
