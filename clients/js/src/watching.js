import { SocketChannel } from "./channels/websocket.js";
import { Ladder } from "./ladder.js";
import { running } from "./running.js";

/** @typedef {import("../index.js").Product} Product */

/** One product that is watched: pushed where there is a WebSocket, read from the catalogue elsewhere. */
export class Watching {
  #services;
  #sku;
  #sink;
  #abort = new AbortController();
  #ladder;
  #stopWaking = () => {};
  #version = 0;
  #told = "";

  /**
   * @param {import("./tracking.js").Services & { catalogue: import("./catalogue.js").Catalogue }} services
   * @param {string} sku
   * @param {import("./following.js").Sink<Product>} sink
   */
  constructor(services, sku, sink) {
    this.#services = services;
    this.#sku = sku;
    this.#sink = sink;
    const { host, connections, addresses } = services;
    const run = running(sink.fail, this.#abort.signal);
    /** @type {(listener: import("./ladder.js").Listener) => import("./ladder.js").Channel} */
    const websocket = (listener) => {
      // Nothing may ever tell where it is: the catalogue need not wait for that.
      if (!addresses.websocket) queueMicrotask(() => listener.down("no address yet"));
      return new SocketChannel(this.#topic(), { host, connections, run }, listener);
    };
    this.#ladder = new Ladder(
      [
        { name: "websocket", make: websocket },
        { name: "polling", make: (listener) => this.#polling(listener) },
      ],
      { clock: host.clock, connection: sink.connection, nothingLeft: () => {} },
    );
  }

  /** Begins; answers what ends it. */
  start() {
    this.#stopWaking = this.#services.waking.watch(() => this.#ladder.check());
    this.#ladder.start();
    return () => {
      this.#abort.abort();
      this.#stopWaking();
      this.#ladder.stop();
    };
  }

  /** @returns {import("./channels/websocket.js").Topic} */
  #topic() {
    const product = { product: this.#sku };
    return {
      key: `product:${this.#sku}`,
      subscribe: () => ({ action: "subscribe", ...product }),
      unsubscribe: { action: "unsubscribe", ...product },
      // One that was never announced is not told.
      answersAtOnce: false,
      address: (signal) => this.#services.addresses.known(signal),
      received: (frame) => this.#announced(frame.product),
    };
  }

  /** @param {import("./ladder.js").Listener} listener @returns {import("./ladder.js").Channel} */
  #polling(listener) {
    const { catalogue } = this.#services;
    const reader = {
      /** @param {import("../index.js").Offer} offer */
      offer: (offer) => {
        listener.live();
        this.#read(offer);
      },
      /** @param {string} reason */
      failed: (reason) => listener.down(reason),
    };
    return {
      start: () => catalogue.poll(this.#sku, reader),
      stop: () => catalogue.leave(reader),
      check: () => catalogue.readNow(),
    };
  }

  /** Takes what was pushed, which may be late. @param {Product & { version: number }} product */
  #announced(product) {
    if (product.version <= this.#version) return;
    this.#version = product.version;
    this.#tell(product);
  }

  /** Takes what stands in the catalogue, which has no version. @param {import("../index.js").Offer} offer */
  #read({ sku, name, unit_price, available }) {
    const stock = { available_at_most: available, in_stock: available > 0 };
    this.#tell({ sku, version: null, name, unit_price, ...stock });
  }

  /** @param {Product} product */
  #tell(product) {
    const { name, unit_price: price, available_at_most: most, in_stock: inStock } = product;
    const told = JSON.stringify([name, price.amount, price.currency, most, inStock]);
    if (told === this.#told) return;
    this.#told = told;
    this.#sink.push(product);
  }
}
