const FIRST = 500;
const LONGEST = 30_000;

/**
 * How long to wait before the next try: anything up to a bound that doubles (full jitter), so that
 * clients that were cut off together don't come back together.
 */
export class Backoff {
  #random;
  #tries = 0;

  /** @param {() => number} random */
  constructor(random) {
    this.#random = random;
  }

  /** Answers the milliseconds to wait before the next try. */
  next() {
    const bound = Math.min(LONGEST, FIRST * 2 ** Math.min(this.#tries, 16));
    this.#tries += 1;
    return this.#random() * bound;
  }

  reset() {
    this.#tries = 0;
  }
}
