import { Backoff } from "../backoff.js";
import { Alarm, sleep } from "../clock.js";
import { Transient, Unsupported } from "../errors.js";

/** @typedef {import("../ladder.js").Channel} Channel */

const ANSWER_WITHIN = 10_000;
/** Seconds; AWS IoT takes 30 to 1,200. */
const KEEP_ALIVE = 60;
/** A session that lasted so long was a good one: the next try comes soon. */
const GOOD = 30_000;

/**
 * Follows an order on its MQTT topic; every session has an address of its own.
 *
 * @implements {Channel}
 */
export class OrderMqtt {
  #calls;
  #host;
  #message;
  #run;
  #listener;
  #backoff;
  #answer;
  #abort = new AbortController();
  #subscribe = () => {};

  /**
   * @param {object} order
   * @param {import("../order-calls.js").OrderCalls} order.calls
   * @param {import("../host.js").Host} order.host
   * @param {(message: any) => void} order.message
   * @param {(work: () => Promise<void>) => void} order.run
   * @param {import("../ladder.js").Listener} listener
   */
  constructor({ calls, host, message, run }, listener) {
    this.#calls = calls;
    this.#host = host;
    this.#message = message;
    this.#run = run;
    this.#listener = listener;
    this.#backoff = new Backoff(host.random);
    this.#answer = new Alarm(host.clock);
  }

  start() {
    this.#run(async () => {
      while (!this.#abort.signal.aborted) await this.#next();
    });
  }

  stop() {
    this.#answer.clear();
    this.#abort.abort();
  }

  /** Subscribes again: the broker's answer, and the retained update, show that it is still there. */
  check() {
    this.#subscribe();
  }

  /** Has one session, and the wait after it. */
  async #next() {
    const { clock } = this.#host;
    const { signal } = this.#abort;
    const startedAt = clock.now();
    let pause = 0;
    try {
      const reason = await this.#session(await this.#host.mqtt(), await this.#calls.mqtt(signal));
      if (!signal.aborted) this.#listener.down(reason);
    } catch (error) {
      if (signal.aborted) return;
      if (error instanceof Unsupported) {
        this.#listener.unavailable(error.code);
        return;
      }
      if (!(error instanceof Transient)) throw error;
      this.#listener.down(error.message);
      pause = error.retryAfter ?? 0;
    }
    if (signal.aborted) return;
    if (clock.now() - startedAt > GOOD) this.#backoff.reset();
    await sleep(clock, Math.max(pause, this.#backoff.next()), signal).catch(() => {});
  }

  /**
   * Answers why the session ended.
   *
   * @param {import("../../index.js").MqttLibrary} library
   * @param {{ url: string, topic: string, client_id: string }} address
   * @returns {Promise<string>}
   */
  #session(library, { url, topic, client_id: clientId }) {
    const { signal } = this.#abort;
    return new Promise((resolve) => {
      if (signal.aborted) {
        resolve("closed");
        return;
      }
      const client = library.connect(url, {
        clientId,
        clean: true,
        keepalive: KEEP_ALIVE,
        connectTimeout: ANSWER_WITHIN,
        // An address opens one session only: mqtt.js must not try it again.
        reconnectPeriod: 0,
      });
      /** @param {string} reason */
      const end = (reason) => {
        this.#answer.clear();
        this.#subscribe = () => {};
        signal.removeEventListener("abort", aborted);
        client.end(true);
        resolve(reason);
      };
      const aborted = () => end("closed");
      signal.addEventListener("abort", aborted, { once: true });
      client.on("error", (/** @type {Error} */ error) => end(error.message || "error"));
      client.on("close", () => end("closed by the broker"));
      client.on("message", (/** @type {string} */ _topic, /** @type {Uint8Array} */ payload) =>
        this.#received(payload),
      );
      client.on("connect", () => {
        this.#subscribe = () => {
          this.#answer.set(ANSWER_WITHIN, () => end("silent"));
          client.subscribe(topic, { qos: 1 }, (error) => {
            this.#answer.clear();
            if (error) end("not granted");
            else if (!signal.aborted) this.#listener.live();
          });
        };
        this.#subscribe();
      });
    });
  }

  /** @param {Uint8Array} payload */
  #received(payload) {
    const message = parsed(payload);
    if (message && !this.#abort.signal.aborted) this.#message(message);
  }
}

/**
 * Answers what a payload says: nothing, when a retained message was cleared.
 *
 * @param {Uint8Array} payload
 */
function parsed(payload) {
  try {
    return JSON.parse(new TextDecoder().decode(payload));
  } catch {
    return undefined;
  }
}
