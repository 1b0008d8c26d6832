/** The switches of the sandbox's bank; hidden, and said why, where there are none. */

import { byId, element, say } from "./dom.js";
import { texts } from "./texts.js";

const words = texts.operations;
const SWITCHES = { authorize: words.authorize_options, capture: words.capture_options };

export class SandboxSwitches {
  /** Needs the shop's client, and a function that answers the operator's token of the moment. */
  constructor(shop, token) {
    Object.assign(this, { shop, token });
    for (const [name, options] of Object.entries(SWITCHES)) {
      const made = Object.entries(options).map(([value, label]) =>
        element("option", { value }, label),
      );
      byId(name).replaceChildren(...made);
      byId(name).addEventListener("change", () => this.#set());
    }
  }

  async load() {
    await this.#try(words.sandbox_lead, () => this.shop.sandbox({ token: this.token() }));
  }

  async #set() {
    const wanted = Object.fromEntries(
      Object.keys(SWITCHES).map((name) => [name, byId(name).value]),
    );
    await this.#try(words.sandbox_set, () => this.shop.setSandbox(wanted, { token: this.token() }));
  }

  async #try(done, call) {
    try {
      const switches = await call();
      for (const name of Object.keys(SWITCHES)) {
        if (switches?.[name]) byId(name).value = switches[name];
      }
      this.#show(true, done);
    } catch (error) {
      this.#show(false, whyNot(error));
    }
  }

  #show(usable, sentence) {
    byId("sandbox").hidden = !usable;
    say(byId("sandbox-words"), sentence);
  }
}

function whyNot(error) {
  if (error.status === 404) return words.sandbox_off;
  if (error.status === 401 || error.status === 403) return words.sandbox_locked;
  return words.sandbox_failed(error.message);
}
