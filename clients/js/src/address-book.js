/** Where the WebSocket is: as whoever made the client says, else as the shop last said. */
export class AddressBook {
  /** @type {string | undefined} */
  #given;
  /** @type {string | undefined} */
  #told;
  /** @type {Set<(address: string) => void>} */
  #waiting = new Set();

  /** @param {string | undefined} given */
  constructor(given) {
    this.#given = given;
  }

  get given() {
    return this.#given;
  }

  get websocket() {
    return this.#given ?? this.#told;
  }

  /**
   * Takes the links of any answer; gives them back.
   *
   * @template {{ websocket?: string } | undefined} T
   * @param {T} links
   * @returns {T}
   */
  remember(links) {
    if (!links?.websocket) return links;
    this.#told = links.websocket;
    for (const tell of this.#waiting) tell(links.websocket);
    this.#waiting.clear();
    return links;
  }

  /**
   * Answers the address as soon as it is known.
   *
   * @param {AbortSignal} signal
   * @returns {Promise<string>}
   */
  async known(signal) {
    if (this.websocket) return this.websocket;
    return new Promise((resolve) => {
      this.#waiting.add(resolve);
      signal.addEventListener("abort", () => this.#waiting.delete(resolve), { once: true });
    });
  }
}
