/**
 * @template T
 * @typedef {object} Sink
 * @property {(value: T) => void} push
 * @property {(state: import("../index.js").ConnectionDetail) => void} connection
 * @property {() => void} finish
 * @property {(error: unknown) => void} fail
 */

/**
 * What is followed: the values for `for await`, and "update", "connection" and "error" events. It
 * begins once the caller's own code has run, so that its listeners miss nothing.
 *
 * @template T
 * @implements {AsyncIterableIterator<T>}
 */
export class Following extends EventTarget {
  #most;
  #signal;
  /** @type {T[]} */
  #values = [];
  /** @type {{ resolve: (result: IteratorResult<T>) => void, reject: (error: unknown) => void }[]} */
  #waiting = [];
  /** @type {{ error?: unknown } | null} */
  #end = null;
  /** @type {(() => void) | undefined} */
  #stop;
  /** @type {import("../index.js").ConnectionDetail | undefined} */
  #connection;

  /**
   * @param {(sink: Sink<T>) => () => void} start begins; answers what ends it
   * @param {{ most: number, signal?: AbortSignal | undefined }} options how many values are kept
   *     for a slow reader: beyond, the oldest is dropped
   */
  constructor(start, { most, signal }) {
    super();
    this.#most = most;
    this.#signal = signal;
    signal?.addEventListener("abort", this.close, { once: true });
    queueMicrotask(() => {
      if (signal?.aborted) this.close();
      if (!this.#end) this.#begin(start);
    });
  }

  /** Stops following: the iteration ends quietly after what has arrived. */
  close = () => this.#finish({}, "closed");

  [Symbol.asyncIterator]() {
    return this;
  }

  /** @returns {Promise<IteratorResult<T>>} */
  next() {
    if (this.#values.length > 0) {
      return Promise.resolve({ value: /** @type {T} */ (this.#values.shift()), done: false });
    }
    if (!this.#end) {
      return new Promise((resolve, reject) => this.#waiting.push({ resolve, reject }));
    }
    if (!("error" in this.#end)) return Promise.resolve({ value: undefined, done: true });
    const { error } = this.#end;
    this.#end = {};
    return Promise.reject(error);
  }

  /** @returns {Promise<IteratorResult<T>>} */
  return() {
    this.close();
    this.#values = [];
    return Promise.resolve({ value: undefined, done: true });
  }

  /** @param {(sink: Sink<T>) => () => void} start */
  #begin(start) {
    const stop = start({
      push: (value) => this.#push(value),
      connection: (detail) => this.#connected(detail),
      finish: () => this.#finish({}, "final"),
      fail: (error) => this.#finish({ error }, codeOf(error)),
    });
    if (this.#end) stop();
    else this.#stop = stop;
  }

  /** @param {T} value */
  #push(value) {
    if (this.#end) return;
    const reader = this.#waiting.shift();
    if (reader) reader.resolve({ value, done: false });
    else this.#values.push(value);
    if (this.#values.length > this.#most) this.#values.shift();
    this.#tell("update", value);
  }

  /** @param {import("../index.js").ConnectionDetail} detail */
  #connected(detail) {
    if (this.#end) return;
    const before = this.#connection;
    if (before?.state === detail.state && before.channel === detail.channel) return;
    this.#connection = detail;
    this.#tell("connection", detail);
  }

  /** @param {{ error?: unknown }} end @param {string} reason */
  #finish(end, reason) {
    if (this.#end) return;
    this.#end = end;
    this.#signal?.removeEventListener("abort", this.close);
    this.#stop?.();
    for (const reader of this.#waiting.splice(0)) {
      if ("error" in end) {
        reader.reject(end.error);
        // Told once: whoever asks again gets the end.
        this.#end = {};
      } else reader.resolve({ value: undefined, done: true });
    }
    if ("error" in end) this.#tell("error", end.error);
    this.#tell("connection", { state: "closed", channel: this.#connection?.channel, reason });
  }

  /** @param {string} type @param {unknown} detail */
  #tell(type, detail) {
    this.dispatchEvent(new CustomEvent(type, { detail }));
  }
}

/** @param {unknown} error */
function codeOf(error) {
  return String(/** @type {any} */ (error)?.code ?? "failed");
}
