import { OrderRefused, TrackingRefused, Transient, Unsupported } from "./errors.js";

/** A shopper may follow before every service has heard of the order. */
const UNKNOWN_FOR = 60_000;
const ASK_AGAIN = 1_000;
/** What a request may take beyond the time that the server was asked to wait. */
const ANSWER_WITHIN = 10_000;
const NO_ORDER = ["no-such-order", "unknown-order"];

/** What following one order asks by HTTP, with refusals told as the end of the following. */
export class OrderCalls {
  #http;
  #clock;
  #path;
  #token;
  /** @type {number | undefined} */
  #unknownSince;

  /**
   * @param {import("./http.js").Http} http
   * @param {import("./clock.js").Clock} clock
   * @param {string} id
   * @param {string} token
   */
  constructor(http, clock, id, token) {
    this.#http = http;
    this.#clock = clock;
    this.#path = `/orders/${encodeURIComponent(id)}`;
    this.#token = token;
  }

  /**
   * @param {{ after: number, wait?: number, etag?: string | null, signal: AbortSignal }} options
   * @returns {Promise<import("./http.js").Answer>}
   */
  updates({ after, wait = 0, etag, signal }) {
    const path = `${this.#path}/updates?after=${after}${wait ? `&wait=${wait}` : ""}`;
    const timeout = wait * 1000 + ANSWER_WITHIN;
    /** @type {Record<string, string>} */
    const headers = etag ? { "if-none-match": etag } : {};
    return this.#call({ path, headers, timeout, signal });
  }

  /**
   * Answers some steps after `after`, in order; there may be more.
   *
   * @param {number} after
   * @param {AbortSignal} signal
   * @returns {Promise<import("../index.js").Update[]>}
   */
  async steps(after, signal) {
    const { document } = await this.#call({ path: `${this.#path}/steps?after=${after}`, signal });
    return document.steps;
  }

  /** @param {AbortSignal} signal @returns {Promise<import("../index.js").Order>} */
  async order(signal) {
    return (await this.#call({ path: this.#path, signal })).document;
  }

  /**
   * Answers an address for one MQTT session.
   *
   * @param {AbortSignal} signal
   * @returns {Promise<{ url: string, topic: string, client_id: string, expires_at: string }>}
   */
  async mqtt(signal) {
    try {
      const call = { method: "POST", path: `${this.#path}/mqtt`, signal };
      return (await this.#call(call, "mqtt-off")).document;
    } catch (error) {
      if (!(error instanceof OrderRefused)) throw error;
      throw new Unsupported(error.type ?? "mqtt-off", error.message);
    }
  }

  /** Answers what an order that nobody knows means: by and by it will be, or there is none. */
  unknown() {
    const now = this.#clock.now();
    this.#unknownSince ??= now;
    if (now - this.#unknownSince < UNKNOWN_FOR) {
      return new Transient("unknown-order", { retryAfter: ASK_AGAIN });
    }
    return new TrackingRefused("unknown-order", "there is no such order");
  }

  known() {
    this.#unknownSince = undefined;
  }

  /**
   * @param {import("./http.js").Call} call
   * @param {string} [missing] what a 404 that is not about the order means
   */
  async #call(call, missing) {
    try {
      const answer = await this.#http.once({ ...call, token: this.#token });
      this.known();
      return answer;
    } catch (error) {
      if (!(error instanceof OrderRefused)) throw error;
      const { status, type, problem } = error;
      if (status === 401 || status === 403) {
        // What the gateway's authorizer refuses has no code of its own.
        throw new TrackingRefused(type ?? "invalid-token", problem.reason ?? problem.detail);
      }
      const isAboutOrder = !missing || NO_ORDER.includes(type ?? "");
      throw status === 404 && isAboutOrder ? this.unknown() : error;
    }
  }
}
