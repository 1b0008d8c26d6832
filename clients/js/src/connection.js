import { Backoff } from "./backoff.js";
import { Alarm } from "./clock.js";
import { Unsupported } from "./errors.js";
import { Socket } from "./socket.js";

/** The gateway ends any connection after two hours. */
const RENEW_AFTER = 110 * 60_000;
const RENEW_SPREAD = 5 * 60_000;
const RENEW_AGAIN = 60_000;
/** How long the old one still listens while the new one's subscriptions take hold. */
const OVERLAP = 10_000;
/** One that lasted so long was a good one: the next try comes soon. */
const GOOD = 30_000;
export const MOST_TOPICS = 50;

/**
 * What one thing that is followed needs of its connection.
 *
 * @typedef {object} Follower
 * @property {string} key what it follows: frames are told by it
 * @property {() => object} subscribe the frame that begins it, as of now
 * @property {object | undefined} unsubscribe the frame that ends it
 * @property {boolean} isConfirmed whether it has heard anything since it last subscribed
 * @property {() => void} opened it was subscribed to
 * @property {(frame: any) => void} received
 * @property {(reason: string) => void} lost
 * @property {(reason: string) => void} unavailable
 */

/** One WebSocket connection that many share, opened again whenever it breaks. */
export class Connection {
  #host;
  #address;
  /** @type {Map<string, Set<Follower>>} */
  #followers = new Map();
  /** @type {import("../index.js").WebSocketClass | undefined} */
  #WebSocket;
  /** @type {Socket | undefined} */
  #socket;
  /** @type {Socket | undefined} the one that is to take over */
  #successor;
  /** @type {Socket | undefined} the one that was taken over from */
  #retired;
  #openedAt = 0;
  #backoff;
  #retry;
  #renewal;
  #retirement;
  #isConnecting = false;
  #closed = false;
  /** The server takes no more of us on this one. */
  isFull = false;

  /** @param {string} address @param {import("./host.js").Host} host */
  constructor(address, host) {
    this.#address = address;
    this.#host = host;
    this.#backoff = new Backoff(host.random);
    this.#retry = new Alarm(host.clock);
    this.#renewal = new Alarm(host.clock);
    this.#retirement = new Alarm(host.clock);
  }

  get address() {
    return this.#address;
  }

  /** @param {string} key */
  hasRoomFor(key) {
    if (this.isFull) return false;
    return this.#followers.has(key) || this.#followers.size < MOST_TOPICS;
  }

  /** @param {Follower} follower */
  add(follower) {
    const sharing = this.#followers.get(follower.key) ?? new Set();
    this.#followers.set(follower.key, sharing.add(follower));
    if (this.#socket?.isOpen) this.#subscribe(follower);
    else if (!this.#socket && !this.#isConnecting && !this.#retry.isSet) this.#connect();
  }

  /** Ends a following; says whether others are left. @param {Follower} follower */
  remove(follower) {
    const sharing = this.#followers.get(follower.key);
    sharing?.delete(follower);
    if (sharing?.size === 0) {
      this.#followers.delete(follower.key);
      if (follower.unsubscribe && this.#followers.size > 0)
        this.#socket?.send(follower.unsubscribe);
    }
    if (this.#followers.size > 0) return true;
    this.#close();
    return false;
  }

  /** Subscribes again on the same connection. @param {Follower} follower */
  renew(follower) {
    if (this.#socket?.isOpen) this.#subscribe(follower);
  }

  /** Finds out at once whether the connection still works; tries now, if it waits to try. */
  check() {
    this.#socket?.check();
    if (!this.#retry.isSet) return;
    this.#retry.clear();
    this.#connect();
  }

  /** @returns {Follower[]} */
  #all() {
    return [...this.#followers.values()].flatMap((sharing) => [...sharing]);
  }

  /** @param {Follower} follower */
  #subscribe(follower) {
    this.#socket?.send(follower.subscribe());
    follower.opened();
  }

  async #connect() {
    this.#isConnecting = true;
    try {
      this.#WebSocket = await this.#host.webSocket();
      if (!this.#closed) this.#socket = this.#open(this.#WebSocket);
    } catch (error) {
      // No library, or an address that is none: trying again would not help.
      const reason = error instanceof Unsupported ? error.code : "no-websocket";
      for (const follower of this.#all()) follower.unavailable(reason);
    } finally {
      this.#isConnecting = false;
    }
  }

  /** @param {import("../index.js").WebSocketClass} WebSocket */
  #open(WebSocket) {
    return new Socket(WebSocket, this.#address, this.#host.clock, {
      opened: (socket) => this.#opened(socket),
      received: (_socket, frame) => this.#received(frame),
      closed: (socket, reason) => this.#lost(socket, reason),
    });
  }

  /** @param {Socket} socket */
  #opened(socket) {
    if (socket === this.#successor) this.#takeOver(socket);
    this.#openedAt = this.#host.clock.now();
    const spread = this.#host.random() * RENEW_SPREAD;
    this.#renewal.set(RENEW_AFTER - spread, () => this.#renew());
    for (const follower of this.#all()) this.#subscribe(follower);
  }

  /** Opens another connection before the gateway ends this one; nothing is missed in between. */
  #renew() {
    if (this.#WebSocket && this.#socket?.isOpen) this.#successor = this.#open(this.#WebSocket);
  }

  /** @param {Socket} successor */
  #takeOver(successor) {
    this.#retired?.close();
    this.#retired = this.#socket;
    this.#socket = successor;
    this.#successor = undefined;
    this.#retirement.set(OVERLAP, () => this.#retire());
  }

  #retire() {
    this.#retirement.clear();
    this.#retired?.close();
    this.#retired = undefined;
  }

  /** @param {any} frame */
  #received(frame) {
    const key = keyOf(frame);
    if (key !== undefined) {
      for (const follower of this.#concerned(key, frame)) follower.received(frame);
      return;
    }
    // The gateway's own word, or an error about nothing: a subscription may have been lost.
    const isError = frame.type === "error" || (frame.type === undefined && frame.message);
    if (!isError) return;
    const error = { type: "error", code: "internal", ...frame };
    for (const follower of this.#all()) if (!follower.isConfirmed) follower.received(error);
  }

  /**
   * Answers who is told a frame: an error is about those who have just subscribed, if any have.
   *
   * @param {string} key @param {any} frame
   */
  #concerned(key, frame) {
    const sharing = [...(this.#followers.get(key) ?? [])];
    const fresh = sharing.filter(({ isConfirmed }) => !isConfirmed);
    return frame.type === "error" && fresh.length > 0 ? fresh : sharing;
  }

  /** @param {Socket} socket @param {string} reason */
  #lost(socket, reason) {
    if (socket === this.#retired) this.#retire();
    if (socket === this.#successor) {
      this.#successor = undefined;
      this.#renewal.set(RENEW_AGAIN, () => this.#renew());
    }
    if (socket !== this.#socket) return;
    this.#socket = undefined;
    this.#dropOthers();
    const wasGood = this.#openedAt > 0 && this.#host.clock.now() - this.#openedAt > GOOD;
    this.#openedAt = 0;
    if (wasGood) this.#backoff.reset();
    this.#retry.set(this.#backoff.next(), () => this.#connect());
    for (const follower of this.#all()) follower.lost(reason);
  }

  #dropOthers() {
    this.#renewal.clear();
    this.#successor?.close();
    this.#successor = undefined;
    this.#retire();
  }

  #close() {
    this.#closed = true;
    this.#retry.clear();
    this.#dropOthers();
    this.#socket?.close();
    this.#socket = undefined;
  }
}

/** Answers what a frame is about, as followers name it. @param {any} frame */
function keyOf(frame) {
  const order = frame.transaction_id ?? frame.update?.transaction_id;
  if (order !== undefined) return `order:${order}`;
  const product = typeof frame.product === "string" ? frame.product : frame.product?.sku;
  if (product !== undefined) return `product:${product}`;
  return frame.operations || frame.type === "events" ? "operations" : undefined;
}
