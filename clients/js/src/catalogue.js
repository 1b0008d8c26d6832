import { Backoff } from "./backoff.js";
import { Alarm } from "./clock.js";
import { Unanswered } from "./errors.js";
import { running } from "./running.js";

/** @typedef {import("../index.js").Offer} Offer */

/** @typedef {{ offer: (offer: Offer) => void, failed: (reason: string) => void }} Reader */

const PACE = 30_000;
const SPREAD = 5_000;
const PATIENCE = 10_000;

/** What the shop sells: read on demand, or again and again for all who watch a product. */
export class Catalogue {
  #http;
  #random;
  #next;
  #backoff;
  /** @type {Map<Reader, string>} */
  #readers = new Map();
  /** @type {AbortController | undefined} */
  #reading;

  /** @param {import("./http.js").Http} http @param {import("./host.js").Host} host */
  constructor(http, { clock, random }) {
    this.#http = http;
    this.#random = random;
    this.#next = new Alarm(clock);
    this.#backoff = new Backoff(random);
  }

  /**
   * Answers every product, of all pages.
   *
   * @param {{ signal?: AbortSignal | undefined, patience?: number }} [options]
   * @returns {Promise<Offer[]>}
   */
  async products({ signal, patience } = {}) {
    /** @type {Offer[]} */
    const all = [];
    /** @type {string | null} */
    let cursor = "";
    do {
      const path = cursor ? `/products?cursor=${encodeURIComponent(cursor)}` : "/products";
      const page = await this.#http.ask({ path, signal }, patience);
      all.push(...page.products);
      cursor = page.next;
    } while (cursor);
    return all;
  }

  /** Reads a product from now on. @param {string} sku @param {Reader} reader */
  poll(sku, reader) {
    this.#readers.set(reader, sku);
    this.readNow();
  }

  /** @param {Reader} reader */
  leave(reader) {
    this.#readers.delete(reader);
    if (this.#readers.size > 0) return;
    this.#next.clear();
    this.#reading?.abort();
    this.#reading = undefined;
  }

  /** Reads at once, unless it does already. */
  readNow() {
    if (this.#reading || this.#readers.size === 0) return;
    const reading = new AbortController();
    this.#reading = reading;
    this.#next.clear();
    const run = running((error) => this.#failed(String(error)), reading.signal);
    run(() => this.#read(reading));
  }

  /** @param {AbortController} reading */
  async #read(reading) {
    try {
      const offers = await this.products({ signal: reading.signal, patience: PATIENCE });
      const bySku = new Map(offers.map((offer) => [offer.sku, offer]));
      this.#backoff.reset();
      this.#readAgain(PACE + this.#random() * SPREAD);
      for (const [reader, sku] of [...this.#readers]) {
        const offer = bySku.get(sku);
        if (offer) reader.offer(offer);
      }
    } catch (error) {
      if (reading.signal.aborted) return;
      this.#failed(error instanceof Unanswered ? "network" : String(error));
    }
  }

  /** @param {string} reason */
  #failed(reason) {
    this.#readAgain(SPREAD + this.#backoff.next());
    for (const reader of [...this.#readers.keys()]) reader.failed(reason);
  }

  /** @param {number} delay */
  #readAgain(delay) {
    this.#reading = undefined;
    this.#next.set(delay, () => this.readNow());
  }
}
