/** Follows the stock of those products that somebody looks at, waits for, or has in the cart. */

const MOST = 45; // one connection follows up to 50 orders and products
const SETTLE_MILLISECONDS = 200; // so that scrolling past is no reason to ask

export class Watching {
  #watched = new Map();
  #wanted = () => [];
  #timer = null;

  constructor(shop, catalogue) {
    this.shop = shop;
    this.catalogue = catalogue;
  }

  /** Follows what the function answers, most important first, from now on. */
  follow(wanted) {
    this.#wanted = wanted;
    this.changed();
  }

  /** Asks again, soon, what is wanted. */
  changed() {
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => this.#settle(), SETTLE_MILLISECONDS);
  }

  #settle() {
    const wanted = new Set([...new Set(this.#wanted())].slice(0, MOST));
    for (const [sku, watched] of this.#watched) {
      if (!wanted.has(sku)) watched.abort();
    }
    for (const sku of wanted) {
      if (!this.#watched.has(sku)) this.#watch(sku);
    }
  }

  async #watch(sku) {
    const watched = new AbortController();
    this.#watched.set(sku, watched);
    try {
      for await (const product of this.shop.watchProduct(sku, { signal: watched.signal })) {
        this.catalogue.hear(product);
      }
    } catch (error) {
      // The page goes on with what it knows; checkout's word is the one that counts.
      if (!watched.signal.aborted) console.warn(`The stock of ${sku} is not followed:`, error);
    } finally {
      this.#watched.delete(sku);
    }
  }
}
