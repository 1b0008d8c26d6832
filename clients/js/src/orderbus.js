import { AddressBook } from "./address-book.js";
import { Catalogue } from "./catalogue.js";
import { Checkout } from "./checkout.js";
import { Connections } from "./connections.js";
import { Following } from "./following.js";
import { hostOf } from "./host.js";
import { Http } from "./http.js";
import { OperationsFeed } from "./operations.js";
import { Tracking } from "./tracking.js";
import { Waking } from "./waking.js";
import { Watching } from "./watching.js";

/** @typedef {import("../index.js").CallOptions} CallOptions */

const CHANNELS = ["websocket", "mqtt", "polling"];
/** An order has far fewer steps. */
const MOST_STEPS = 1_000;
const MOST_BATCHES = 1_000;

/** One shop's Orderbus. What each method promises stands in `index.d.ts`. */
export class Orderbus {
  #host;
  #http;
  #checkout;
  #services;

  /** @param {string} apiUrl @param {import("../index.js").OrderbusOptions} [options] */
  constructor(apiUrl, options = {}) {
    const host = hostOf(options);
    const http = new Http(apiUrl, host);
    const waking = new Waking(host);
    this.#host = host;
    this.#http = http;
    this.#checkout = new Checkout(apiUrl, http, host);
    this.#services = {
      host,
      http,
      waking,
      connections: new Connections(host, waking),
      addresses: new AddressBook(options.websocketUrl),
      catalogue: new Catalogue(http, host),
    };
  }

  /** @param {CallOptions} [options] */
  products({ signal } = {}) {
    return this.#services.catalogue.products({ signal });
  }

  /** @param {import("../index.js").Cart} cart @param {import("../index.js").PlaceOrderOptions} [options] */
  async placeOrder(cart, options = {}) {
    const placed = await this.#checkout.place(cart, options);
    this.#services.addresses.remember(placed.links);
    return placed;
  }

  /** @param {string} id @param {string} token @param {CallOptions} [options] */
  async getOrder(id, token, { signal } = {}) {
    const order = await this.#http.ask({ path: pathOf(id), token, signal });
    this.#services.addresses.remember(order.links);
    return order;
  }

  /** @param {string} id @param {string} token @param {CallOptions} [options] */
  cancelOrder(id, token, { signal } = {}) {
    return this.#http.ask({ method: "POST", path: `${pathOf(id)}/cancel`, token, signal });
  }

  /** @param {string} id @param {string} token @param {import("../index.js").TrackOptions} [options] */
  trackOrder(id, token, options = {}) {
    const { after = 0, every = true, channels = ["websocket", "polling"], links, signal } = options;
    const unknown = channels.find((name) => !CHANNELS.includes(name));
    if (unknown !== undefined || channels.length === 0) {
      throw new TypeError(`channels are some of ${CHANNELS.join(", ")}; not ${unknown ?? "none"}`);
    }
    this.#services.addresses.remember(links);
    const wanted = { id, token, after, every, channels, links };
    /** @type {(sink: import("./following.js").Sink<import("../index.js").Update>) => () => void} */
    const start = (sink) => new Tracking(this.#services, wanted, sink).start();
    return new Following(start, { most: every ? MOST_STEPS : 1, signal });
  }

  /** @param {string} sku @param {CallOptions} [options] */
  watchProduct(sku, { signal } = {}) {
    /** @type {(sink: import("./following.js").Sink<import("../index.js").Product>) => () => void} */
    const start = (sink) => new Watching(this.#services, sku, sink).start();
    return new Following(start, { most: 1, signal });
  }

  /** @param {import("../index.js").OperatorOptions} [options] */
  operations({ token, signal } = {}) {
    const connections = new Connections(this.#host, this.#services.waking);
    const services = { ...this.#services, connections };
    /** @type {(sink: import("./following.js").Sink<import("../index.js").OperationsEvent[]>) => () => void} */
    const start = (sink) => new OperationsFeed(services, token, sink).start();
    return new Following(start, { most: MOST_BATCHES, signal });
  }

  /** @param {string} id @param {import("../index.js").OperatorOptions} [options] */
  operationsOrder(id, { token, signal } = {}) {
    return this.#http.ask({ path: `/operations${pathOf(id)}`, token, signal });
  }

  /** @param {import("../index.js").OperatorOptions} [options] */
  sandbox({ token, signal } = {}) {
    return this.#http.ask({ path: "/operations/sandbox", token, signal });
  }

  /** @param {import("../index.js").SandboxSwitches} switches @param {import("../index.js").OperatorOptions} [options] */
  setSandbox(switches, { token, signal } = {}) {
    const call = { method: "POST", path: "/operations/sandbox", body: switches, token, signal };
    return this.#http.ask(call);
  }
}

/** @param {string} id */
function pathOf(id) {
  return `/orders/${encodeURIComponent(id)}`;
}
