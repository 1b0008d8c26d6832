import { canonical, digest } from "./canonical.js";
import { OrderRefused, Transient } from "./errors.js";
import { persist } from "./http.js";
import { PendingKeys } from "./pending-keys.js";
import { SharedRun } from "./shared-run.js";

/** @typedef {import("../index.js").PlacedOrder} PlacedOrder */

const PATIENCE = 60_000;
/** The checkout function works for 10 s at most: what was sent longer ago has come to its end. */
const STILL_WORKING = 11_000;
const ASK_AGAIN = 2_000;

/** Places orders, each once, whatever happens to the requests and answers on their way. */
export class Checkout {
  #http;
  #host;
  #shop;
  #keys;
  /** @type {Map<string, SharedRun<PlacedOrder>>} */
  #runs = new Map();

  /**
   * @param {string} shop
   * @param {import("./http.js").Http} http
   * @param {import("./host.js").Host} host
   */
  constructor(shop, http, host) {
    this.#shop = shop;
    this.#http = http;
    this.#host = host;
    this.#keys = new PendingKeys(host);
  }

  /**
   * Answers the accepted order; two calls at once with an equal cart get the same one.
   *
   * @param {unknown} cart
   * @param {import("../index.js").PlaceOrderOptions} options
   * @returns {Promise<PlacedOrder>}
   */
  async place(cart, { signal, token, patience = PATIENCE } = {}) {
    signal?.throwIfAborted();
    const text = canonical(cart);
    const name = `${token ?? ""} ${text}`;
    const running = this.#runs.get(name);
    if (running && !running.isCalledOff) return running.wait(signal);
    /** @type {SharedRun<PlacedOrder>} */
    const run = new SharedRun((abort) =>
      this.#place(text, { token, patience, signal: abort }).finally(() => {
        if (this.#runs.get(name) === run) this.#runs.delete(name);
      }),
    );
    this.#runs.set(name, run);
    return run.wait(signal);
  }

  /**
   * @param {string} text
   * @param {{ token: string | undefined, patience: number, signal: AbortSignal }} options
   * @returns {Promise<PlacedOrder>}
   */
  async #place(text, { token, patience, signal }) {
    const cart = digest(`${this.#shop} ${text}`);
    const { key, sentAt } = this.#keys.open(cart);
    const attempts = new Attempts(this.#host.clock, sentAt);
    try {
      const placed = await persist(this.#host, { patience, signal }, () =>
        attempts.run(() => {
          this.#keys.sent(cart, key);
          return this.#post(text, { key, token, signal });
        }),
      );
      this.#keys.forget(cart, key);
      return placed;
    } catch (error) {
      if (needsAnotherBody(error)) this.#keys.forget(cart, key);
      throw error;
    }
  }

  /**
   * @param {string} text
   * @param {{ key: string, token: string | undefined, signal: AbortSignal }} options
   * @returns {Promise<PlacedOrder>}
   */
  async #post(text, { key, token, signal }) {
    const headers = { "idempotency-key": key };
    const body = JSON.parse(text);
    const call = { method: "POST", path: "/orders", headers, body, token, signal };
    const { document } = await this.#http.once(call);
    // A proxy's page with a good status is no word of the shop's.
    if (!document?.transaction_id) throw new Transient("the answer is no order");
    return document;
  }
}

/**
 * The tries of one checkout, of which some may still be worked on. While one is, a refusal is not
 * believed: that one may have found the old price, or the last piece, and is about to be accepted.
 */
class Attempts {
  #clock;
  #unheardAt;

  /**
   * @param {import("./clock.js").Clock} clock
   * @param {number | null} sentAt when a try before a reload was sent: its answer was never heard
   */
  constructor(clock, sentAt) {
    this.#clock = clock;
    this.#unheardAt = sentAt ?? Number.NEGATIVE_INFINITY;
  }

  /**
   * @template T
   * @param {() => Promise<T>} attempt
   * @returns {Promise<T>}
   */
  async run(attempt) {
    const startedAt = this.#clock.now();
    try {
      return await attempt();
    } catch (error) {
      if (error instanceof Transient && error.unheard) this.#unheardAt = startedAt;
      if (needsAnotherBody(error) && this.#isAnyWorkedOn()) {
        throw new Transient("refused, but a try before may be accepted", {
          retryAfter: ASK_AGAIN,
          cause: error,
        });
      }
      throw error;
    }
  }

  #isAnyWorkedOn() {
    return this.#clock.now() - this.#unheardAt < STILL_WORKING;
  }
}

/**
 * Says whether only another body, and so another key, can mend it: a 401 is mended by another token.
 *
 * @param {unknown} error
 */
function needsAnotherBody(error) {
  return error instanceof OrderRefused && [400, 409, 413, 422].includes(error.status);
}
