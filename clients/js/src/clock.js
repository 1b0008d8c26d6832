/** @typedef {import("../index.js").Clock} Clock */

/** The host's own time. @type {Clock} */
export const SYSTEM_CLOCK = {
  now: () => Date.now(),
  setTimeout: (callback, delay) => globalThis.setTimeout(callback, delay),
  clearTimeout: (timer) => globalThis.clearTimeout(/** @type {any} */ (timer)),
};

/**
 * Answers after so many milliseconds; throws the signal's reason as soon as it is aborted.
 *
 * @param {Clock} clock
 * @param {number} delay
 * @param {AbortSignal} [signal]
 * @returns {Promise<void>}
 */
export function sleep(clock, delay, signal) {
  return new Promise((resolve, reject) => {
    if (signal?.aborted) {
      reject(signal.reason);
      return;
    }
    const aborted = () => {
      clock.clearTimeout(timer);
      reject(signal?.reason);
    };
    const timer = clock.setTimeout(() => {
      signal?.removeEventListener("abort", aborted);
      resolve();
    }, delay);
    signal?.addEventListener("abort", aborted, { once: true });
  });
}

/** One thing to be done later; setting it again forgets the time before. */
export class Alarm {
  #clock;
  /** @type {unknown} */
  #timer;

  /** @param {Clock} clock */
  constructor(clock) {
    this.#clock = clock;
  }

  get isSet() {
    return this.#timer !== undefined;
  }

  /** @param {number} delay @param {() => void} callback */
  set(delay, callback) {
    this.clear();
    this.#timer = this.#clock.setTimeout(() => {
      this.#timer = undefined;
      callback();
    }, delay);
  }

  clear() {
    if (this.#timer !== undefined) this.#clock.clearTimeout(this.#timer);
    this.#timer = undefined;
  }
}
