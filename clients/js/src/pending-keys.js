const PREFIX = "orderbus:checkout:";
/** An equal cart a day later is another order: nobody waits so long for an answer. */
const FORGOTTEN_AFTER = 24 * 60 * 60 * 1000;

/** @typedef {{ key: string, sentAt: number | null }} Pending */

/**
 * The idempotency keys of checkouts whose outcome is not known, by the digest of their cart: kept
 * where they outlive a reload of the page.
 */
export class PendingKeys {
  #storage;
  #clock;
  /** What the storage would not take (it is full, or turned off). @type {Map<string, string>} */
  #memory = new Map();

  /** @param {import("./host.js").Host} host */
  constructor({ storage, clock }) {
    this.#storage = storage;
    this.#clock = clock;
  }

  /**
   * Answers the pending key of a cart, or a new one, kept before it is ever sent.
   *
   * @param {string} cart
   * @returns {Pending}
   */
  open(cart) {
    const pending = this.#load(cart);
    if (pending && this.#clock.now() - (pending.sentAt ?? 0) < FORGOTTEN_AFTER) return pending;
    const fresh = { key: randomUuid(), sentAt: null };
    this.#save(cart, { ...fresh, sentAt: this.#clock.now() });
    return fresh;
  }

  /** @param {string} cart @param {string} key */
  sent(cart, key) {
    this.#save(cart, { key, sentAt: this.#clock.now() });
  }

  /**
   * Forgets the key of a cart, unless it has another one by now.
   *
   * @param {string} cart @param {string} key
   */
  forget(cart, key) {
    if (this.#load(cart)?.key !== key) return;
    this.#memory.delete(cart);
    try {
      this.#storage.removeItem(PREFIX + cart);
    } catch {
      // A storage that is turned off has nothing to remove.
    }
  }

  /** @param {string} cart @returns {Pending | undefined} */
  #load(cart) {
    try {
      const text = this.#memory.get(cart) ?? this.#storage.getItem(PREFIX + cart);
      const { key, sentAt } = JSON.parse(text ?? "{}");
      return typeof key === "string" ? { key, sentAt } : undefined;
    } catch {
      return undefined;
    }
  }

  /** @param {string} cart @param {Pending} pending */
  #save(cart, pending) {
    const text = JSON.stringify(pending);
    try {
      this.#storage.setItem(PREFIX + cart, text);
      this.#memory.delete(cart);
    } catch {
      this.#memory.set(cart, text);
    }
  }
}

/** Answers a version 4 UUID; `crypto.randomUUID` is missing in a page without https. */
function randomUuid() {
  if (typeof crypto.randomUUID === "function") return crypto.randomUUID();
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  const hex = Array.from(bytes, (byte, index) => {
    const marked = index === 6 ? (byte & 0x0f) | 0x40 : index === 8 ? (byte & 0x3f) | 0x80 : byte;
    return marked.toString(16).padStart(2, "0");
  }).join("");
  return hex.replace(/^(.{8})(.{4})(.{4})(.{4})/, "$1-$2-$3-$4-");
}
