/**
 * One piece of work that several callers wait for: each may leave by its own signal; the work is
 * called off when the last one has left.
 *
 * @template T
 */
export class SharedRun {
  #abort = new AbortController();
  #callers = 0;
  #promise;

  /** @param {(signal: AbortSignal) => Promise<T>} work */
  constructor(work) {
    this.#promise = work(this.#abort.signal);
    // Whoever waits hears of a failure; without anybody it is nobody's.
    this.#promise.catch(() => {});
  }

  get isCalledOff() {
    return this.#abort.signal.aborted;
  }

  /**
   * Answers what the work answers; throws the signal's reason as soon as it is aborted.
   *
   * @param {AbortSignal} [signal]
   * @returns {Promise<T>}
   */
  wait(signal) {
    this.#callers += 1;
    if (!signal) return this.#promise;
    return new Promise((resolve, reject) => {
      const left = () => {
        this.#callers -= 1;
        if (this.#callers === 0) this.#abort.abort(signal.reason);
        reject(signal.reason);
      };
      if (signal.aborted) {
        left();
        return;
      }
      signal.addEventListener("abort", left, { once: true });
      const stayed = () => signal.removeEventListener("abort", left);
      this.#promise.finally(stayed).then(resolve, reject);
    });
  }
}
