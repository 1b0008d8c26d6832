import { SYSTEM_CLOCK } from "./clock.js";
import { Unsupported } from "./errors.js";

/**
 * What the client takes from where it runs; each can be given for tests and odd hosts.
 *
 * @typedef {object} Host
 * @property {typeof fetch} fetch
 * @property {() => number} random
 * @property {import("./clock.js").Clock} clock
 * @property {import("../index.js").Storage} storage
 * @property {() => Promise<import("../index.js").WebSocketClass>} webSocket
 * @property {() => Promise<import("../index.js").MqttLibrary>} mqtt
 * @property {import("../index.js").Page} page
 */

/**
 * Answers the host, with what the options replace.
 *
 * @param {import("../index.js").OrderbusOptions} options
 * @returns {Host}
 */
export function hostOf(options) {
  return {
    fetch: options.fetch ?? ((input, init) => globalThis.fetch(input, init)),
    random: options.random ?? Math.random,
    clock: options.clock ?? SYSTEM_CLOCK,
    storage: options.storage ?? localStorageOf(globalThis) ?? new Memory(),
    webSocket: async () =>
      options.WebSocket ?? globalThis.WebSocket ?? (await optional("ws")).WebSocket,
    mqtt: () => mqttOf(options.mqtt),
    page: options.page ?? /** @type {any} */ (globalThis),
  };
}

/** What stands in for localStorage where there is none: forgotten with the page. */
class Memory {
  /** @type {Map<string, string>} */
  #items = new Map();

  /** @param {string} key */
  getItem(key) {
    return this.#items.get(key) ?? null;
  }

  /** @param {string} key @param {string} value */
  setItem(key, value) {
    this.#items.set(key, value);
  }

  /** @param {string} key */
  removeItem(key) {
    this.#items.delete(key);
  }
}

/**
 * @param {any} scope
 * @returns {import("../index.js").Storage | undefined}
 */
function localStorageOf(scope) {
  try {
    // Reading the property throws where the shopper has turned storage off.
    return typeof scope.localStorage?.getItem === "function" ? scope.localStorage : undefined;
  } catch {
    return undefined;
  }
}

/**
 * @param {import("../index.js").OrderbusOptions["mqtt"]} given
 * @returns {Promise<import("../index.js").MqttLibrary>}
 */
async function mqttOf(given) {
  const library = typeof given === "function" ? await given() : (given ?? (await optional("mqtt")));
  return "connect" in library ? library : library.default;
}

/**
 * Answers a peer dependency. Its name is a variable so that no bundler asks for a package that the
 * shop may not have installed.
 *
 * @param {string} name
 * @returns {Promise<any>}
 */
async function optional(name) {
  try {
    return await import(/* @vite-ignore */ /* webpackIgnore: true */ name);
  } catch {
    throw new Unsupported(`no-${name}`, `install the package ${name}, or pass it as an option`);
  }
}
