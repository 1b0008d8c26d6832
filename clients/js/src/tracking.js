import { Backoff } from "./backoff.js";
import { OrderMqtt } from "./channels/mqtt.js";
import { OrderPolling } from "./channels/polling.js";
import { SocketChannel } from "./channels/websocket.js";
import { Alarm, sleep } from "./clock.js";
import { Transient, Unanswered, Unsupported } from "./errors.js";
import { persist } from "./http.js";
import { Ladder } from "./ladder.js";
import { OrderCalls } from "./order-calls.js";
import { running } from "./running.js";
import { NewestOnly, StepByStep } from "./sequence.js";

/** A push may get lost on the server's side: an order that is quiet so long is asked after. */
const QUIET = 5 * 60_000;
const CHECK_PATIENCE = 20_000;

/** @typedef {import("../index.js").Update} Update */

/**
 * @typedef {object} Services
 * @property {import("./host.js").Host} host
 * @property {import("./http.js").Http} http
 * @property {import("./connections.js").Connections} connections
 * @property {import("./waking.js").Waking} waking
 * @property {import("./address-book.js").AddressBook} addresses
 *
 * @typedef {object} Wanted
 * @property {string} id
 * @property {string} token
 * @property {number} after
 * @property {boolean} every
 * @property {import("../index.js").ChannelName[]} channels
 * @property {{ websocket?: string } | undefined} links
 */

/** One order that is followed on whichever of its channels works. */
export class Tracking {
  #services;
  #wanted;
  #sink;
  #abort = new AbortController();
  #run;
  #calls;
  #sequence;
  #ladder;
  #quiet;
  #backoff;
  #stopWaking = () => {};

  /**
   * @param {Services} services
   * @param {Wanted} wanted
   * @param {import("./following.js").Sink<Update>} sink
   */
  constructor(services, wanted, sink) {
    const { host, http } = services;
    this.#services = services;
    this.#wanted = wanted;
    this.#sink = sink;
    this.#run = running(sink.fail, this.#abort.signal);
    this.#calls = new OrderCalls(http, host.clock, wanted.id, wanted.token);
    this.#sequence = this.#sequenced();
    this.#quiet = new Alarm(host.clock);
    this.#backoff = new Backoff(host.random);
    const rungs = wanted.channels.map((name) => ({ name, make: this.#channels[name] }));
    this.#ladder = new Ladder(rungs, {
      clock: host.clock,
      connection: sink.connection,
      nothingLeft: (reason) => sink.fail(new Unsupported(reason, `no channel works: ${reason}`)),
    });
  }

  /** Begins; answers what ends it. */
  start() {
    this.#stopWaking = this.#services.waking.watch(() => {
      this.#ladder.check();
      this.#check();
    });
    this.#expectNews();
    this.#ladder.start();
    return () => this.#stop();
  }

  #stop() {
    this.#abort.abort();
    this.#stopWaking();
    this.#quiet.clear();
    this.#ladder.stop();
  }

  #sequenced() {
    const { after, every } = this.#wanted;
    const { emit, finish } = { emit: this.#sink.push, finish: this.#sink.finish };
    const outlet = { emit, finish, run: this.#run };
    const pause = () => sleep(this.#services.host.clock, this.#backoff.next(), this.#abort.signal);
    return every
      ? new StepByStep(after, outlet, { pause, fetchSteps: (last) => this.#fetchSteps(last) })
      : new NewestOnly(after, outlet, { pause, fetchNewest: () => this.#fetchNewest(Infinity) });
  }

  /** @type {Record<import("../index.js").ChannelName, import("./ladder.js").Rung["make"]>} */
  #channels = {
    websocket: (listener) => new SocketChannel(this.#topic(), this.#deps(), listener),
    mqtt: (listener) => {
      const message = (/** @type {any} */ told) => this.#told(told);
      return new OrderMqtt({ ...this.#deps(), message }, listener);
    },
    polling: (listener) => {
      const last = () => this.#sequence.last;
      const update = (/** @type {Update} */ told) => this.#told(told);
      return new OrderPolling({ ...this.#deps(), last, update }, listener);
    },
  };

  #deps() {
    const { host, connections } = this.#services;
    return { host, connections, calls: this.#calls, run: this.#run };
  }

  /** @returns {import("./channels/websocket.js").Topic} */
  #topic() {
    const { id, token } = this.#wanted;
    const order = { transaction_id: id };
    return {
      key: `order:${id}`,
      subscribe: () => ({ action: "subscribe", ...order, token, after: this.#sequence.last }),
      unsubscribe: { action: "unsubscribe", ...order },
      answersAtOnce: true,
      address: (signal) => this.#address(signal),
      received: (frame) => this.#told(frame.type === "changed" ? frame : frame.update),
      unknown: () => this.#calls.unknown(),
    };
  }

  /** @param {AbortSignal} signal @returns {Promise<string>} */
  async #address(signal) {
    const { host, addresses } = this.#services;
    const known = addresses.given ?? this.#wanted.links?.websocket ?? addresses.websocket;
    if (known) return known;
    const limits = { patience: Infinity, signal };
    const { links } = await persist(host, limits, () => this.#calls.order(signal));
    if (addresses.remember(links)?.websocket) return /** @type {string} */ (links.websocket);
    throw new Unsupported("no-websocket", "the shop told no address of a WebSocket");
  }

  /** Takes an update, or word (`changed`) that there is one. @param {any} message */
  #told(message) {
    if (this.#abort.signal.aborted || typeof message?.sequence !== "number") return;
    this.#calls.known();
    this.#expectNews();
    if (message.status) this.#sequence.offer(message);
    else this.#sequence.changed(message.sequence);
  }

  #expectNews() {
    this.#quiet.set(QUIET, () => {
      this.#expectNews();
      this.#check();
    });
  }

  /** Asks once where the order stands, whatever the channels say. */
  #check() {
    this.#run(async () => {
      try {
        this.#told(await this.#fetchNewest(CHECK_PATIENCE));
      } catch (error) {
        // The channels go on; a token that is refused ends the following.
        if (!(error instanceof Unanswered)) throw error;
      }
    });
  }

  /** @param {number} patience @returns {Promise<Update>} */
  async #fetchNewest(patience) {
    const { signal } = this.#abort;
    const call = { after: this.#sequence.last, signal };
    const attempt = () => this.#calls.updates(call);
    return (await persist(this.#services.host, { patience, signal }, attempt)).document;
  }

  /** @param {number} after @returns {Promise<Update[]>} */
  async #fetchSteps(after) {
    const { signal } = this.#abort;
    const limits = { patience: Infinity, signal };
    const steps = await persist(this.#services.host, limits, async () => {
      const page = await this.#calls.steps(after, signal);
      if (Array.isArray(page)) return page;
      throw new Transient("the answer is no list of steps");
    });
    if (steps.length > 0) this.#backoff.reset();
    return steps;
  }
}
