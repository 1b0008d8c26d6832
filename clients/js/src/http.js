import { Backoff } from "./backoff.js";
import { sleep } from "./clock.js";
import { OrderRefused, Transient, Unanswered } from "./errors.js";

/**
 * @typedef {object} Call
 * @property {string} [method]
 * @property {string} path
 * @property {string | undefined} [token]
 * @property {Record<string, string>} [headers]
 * @property {unknown} [body]
 * @property {number} [timeout]
 * @property {AbortSignal | undefined} [signal]
 *
 * @typedef {{ status: number, headers: Headers, document: any }} Answer
 */

const TIMEOUT = 15_000;
const PATIENCE = 30_000;

/** The HTTP API: one call each, and what its status means for the caller. */
export class Http {
  #base;
  #host;

  /** @param {string} apiUrl @param {import("./host.js").Host} host */
  constructor(apiUrl, host) {
    this.#base = apiUrl.replace(/\/+$/, "");
    this.#host = host;
  }

  /**
   * Answers a success's document, trying again whatever may pass for up to `patience`.
   *
   * @param {Call} call
   * @param {number} [patience]
   * @returns {Promise<any>}
   */
  async ask(call, patience = PATIENCE) {
    const attempt = () => this.once(call);
    return (await persist(this.#host, { patience, signal: call.signal }, attempt)).document;
  }

  /**
   * Answers a success (2xx, 304). Throws Transient for what may pass, OrderRefused for what won't.
   *
   * @param {Call} call
   * @returns {Promise<Answer>}
   */
  async once(call) {
    const answer = await this.#send(call);
    if (answer.status === 304) return answer;
    if (answer.status >= 200 && answer.status < 300) {
      if (answer.document !== undefined) return answer;
      throw new Transient("the answer is no JSON");
    }
    if (isTransient(answer.status)) {
      const retryAfter = retryAfterOf(answer.headers, this.#host.clock.now());
      throw new Transient(`status ${answer.status}`, { retryAfter });
    }
    throw new OrderRefused(answer.status, problemOf(answer.document));
  }

  /** @param {Call} call @returns {Promise<Answer>} */
  async #send({ signal, timeout = TIMEOUT, ...call }) {
    signal?.throwIfAborted();
    const { clock } = this.#host;
    const abort = new AbortController();
    const aborted = () => abort.abort(signal?.reason);
    const timer = clock.setTimeout(() => abort.abort(new Error("no answer in time")), timeout);
    signal?.addEventListener("abort", aborted, { once: true });
    try {
      const response = await this.#host.fetch(this.#base + call.path, {
        ...requestOf(call),
        signal: abort.signal,
      });
      const { status, headers } = response;
      return { status, headers, document: parsed(await response.text()) };
    } catch (cause) {
      signal?.throwIfAborted();
      throw new Transient("network", { unheard: true, cause });
    } finally {
      clock.clearTimeout(timer);
      signal?.removeEventListener("abort", aborted);
    }
  }
}

/**
 * Answers what `attempt` answers, called again after each Transient: with full jitter, and not before
 * the server wants it. Throws Unanswered when another try would be too late.
 *
 * @template T
 * @param {import("./host.js").Host} host
 * @param {{ patience: number, signal?: AbortSignal | undefined }} limits
 * @param {() => Promise<T>} attempt
 * @returns {Promise<T>}
 */
export async function persist({ clock, random }, { patience, signal }, attempt) {
  const backoff = new Backoff(random);
  const end = clock.now() + patience;
  for (;;) {
    try {
      return await attempt();
    } catch (error) {
      if (!(error instanceof Transient)) throw error;
      const delay = Math.max(backoff.next(), error.retryAfter ?? 0);
      if (clock.now() + delay > end) {
        throw new Unanswered(`no success so far: ${error.message}`, { cause: error });
      }
      await sleep(clock, delay, signal);
    }
  }
}

/**
 * Answers `Retry-After` in milliseconds; it is told in seconds or as a date.
 *
 * @param {Headers} headers
 * @param {number} now
 */
export function retryAfterOf(headers, now) {
  const text = headers.get("retry-after")?.trim();
  if (!text) return undefined;
  if (/^\d+$/.test(text)) return Number(text) * 1000;
  const moment = Date.parse(text);
  return Number.isNaN(moment) ? undefined : Math.max(0, moment - now);
}

/** @param {number} status */
function isTransient(status) {
  return status >= 500 || [408, 425, 429].includes(status);
}

/** @param {Omit<Call, "signal" | "timeout">} call @returns {RequestInit} */
function requestOf({ method = "GET", token, headers, body }) {
  return {
    method,
    // Without it a browser may answer from its cache, or make a 200 of our own 304.
    cache: "no-store",
    headers: {
      ...(token === undefined ? {} : { authorization: `Bearer ${token}` }),
      ...(body === undefined ? {} : { "content-type": "application/json" }),
      ...headers,
    },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  };
}

/** @param {string} text */
function parsed(text) {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

/** @param {any} document @returns {import("./errors.js").Problem} */
function problemOf(document) {
  // What the gateway refuses itself has a `message` only.
  if (typeof document?.type === "string") return document;
  return typeof document?.message === "string" ? { detail: document.message } : {};
}
