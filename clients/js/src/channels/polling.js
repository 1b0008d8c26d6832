import { Backoff } from "../backoff.js";
import { Alarm } from "../clock.js";
import { Transient } from "../errors.js";
import { retryAfterOf } from "../http.js";

/** @typedef {import("../ladder.js").Channel} Channel */

const WAIT = 20;
/** A burst of events is asked for once a second at most. */
const SOONEST = 1_000;
/** For an answer that does not say when to ask again. */
const USUAL = 5_000;

/**
 * Follows an order by asking again and again, where the server lets one wait for news. The time that
 * it let us wait counts towards `Retry-After`, so that a server that does not is not hammered.
 *
 * @implements {Channel}
 */
export class OrderPolling {
  #calls;
  #host;
  #last;
  #update;
  #run;
  #listener;
  #backoff;
  #pause;
  #abort = new AbortController();
  /** @type {string | null} */
  #etag = null;
  #hasHeard = false;
  #hasGoneOn = () => {};

  /**
   * @param {object} order
   * @param {import("../order-calls.js").OrderCalls} order.calls
   * @param {import("../host.js").Host} order.host
   * @param {() => number} order.last
   * @param {(update: import("../../index.js").Update) => void} order.update
   * @param {(work: () => Promise<void>) => void} order.run
   * @param {import("../ladder.js").Listener} listener
   */
  constructor({ calls, host, last, update, run }, listener) {
    this.#calls = calls;
    this.#host = host;
    this.#last = last;
    this.#update = update;
    this.#run = run;
    this.#listener = listener;
    this.#backoff = new Backoff(host.random);
    this.#pause = new Alarm(host.clock);
  }

  start() {
    this.#run(async () => {
      while (!this.#abort.signal.aborted) await this.#wait(await this.#ask());
    });
  }

  stop() {
    this.#abort.abort();
    this.check();
  }

  check() {
    this.#pause.clear();
    this.#hasGoneOn();
  }

  /** Asks once; answers the milliseconds after which to ask again. */
  async #ask() {
    const startedAt = this.#host.clock.now();
    const { signal } = this.#abort;
    try {
      // The first answer comes at once: it tells where the order stands, and that polling works.
      const wait = this.#hasHeard ? WAIT : 0;
      const call = { after: this.#last(), wait, etag: this.#etag, signal };
      const answer = await this.#calls.updates(call);
      if (!signal.aborted) this.#heard(answer);
      const now = this.#host.clock.now();
      const pace = retryAfterOf(answer.headers, now) ?? USUAL;
      return Math.max(SOONEST, pace) - (now - startedAt);
    } catch (error) {
      if (signal.aborted) return 0;
      if (!(error instanceof Transient)) throw error;
      this.#listener.down(error.message);
      return Math.max(this.#backoff.next(), error.retryAfter ?? 0);
    }
  }

  /** @param {import("../http.js").Answer} answer */
  #heard({ status, headers, document }) {
    this.#backoff.reset();
    this.#hasHeard = true;
    this.#etag = headers.get("etag");
    this.#listener.live();
    if (status !== 304) this.#update(document);
  }

  /** @param {number} delay @returns {Promise<void>} */
  #wait(delay) {
    if (delay <= 0 || this.#abort.signal.aborted) return Promise.resolve();
    return new Promise((resolve) => {
      this.#hasGoneOn = resolve;
      this.#pause.set(delay, resolve);
    });
  }
}
