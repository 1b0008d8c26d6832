/** Chance that a seed repeats (mulberry32). */
export class Chance {
  #state;

  constructor(seed) {
    this.#state = seed >>> 0;
  }

  /** Answers a number from 0 to below 1. */
  number() {
    this.#state = (this.#state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(this.#state ^ (this.#state >>> 15), 1 | this.#state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  }

  /** Answers a whole number from `least` to `most`. */
  between(least, most) {
    return least + Math.floor(this.number() * (most - least + 1));
  }

  happens(probability) {
    return this.number() < probability;
  }
}
