import { Alarm } from "./clock.js";

/**
 * @typedef {object} Channel
 * @property {() => void} start
 * @property {() => void} stop
 * @property {() => void} check looks at once whether the channel still works, after a sleep
 *
 * @typedef {object} Listener
 * @property {() => void} live the channel tells what happens
 * @property {(reason: string) => void} down it does not, and goes on trying
 * @property {(reason: string) => void} unavailable it never will, here
 *
 * @typedef {{ name: import("../index.js").ChannelName, make: (listener: Listener) => Channel }} Rung
 */

/** How long a channel may take to come up, or back, before the next best one helps out. */
const GRACE = 2_500;

/**
 * Channels from the best to the last resort: the next one runs only while those before it don't
 * work; when a better one is back, the rest stop.
 */
export class Ladder {
  #rungs;
  #onConnection;
  #onNothingLeft;
  #live = -1;
  #stopped = false;

  /**
   * @param {Rung[]} rungs
   * @param {object} outlet
   * @param {import("./clock.js").Clock} outlet.clock
   * @param {(detail: import("../index.js").ConnectionDetail) => void} outlet.connection
   * @param {(reason: string) => void} outlet.nothingLeft
   */
  constructor(rungs, { clock, connection, nothingLeft }) {
    this.#onConnection = connection;
    this.#onNothingLeft = nothingLeft;
    this.#rungs = rungs.map(({ name, make }) => ({
      name,
      make,
      grace: new Alarm(clock),
      /** @type {Channel | undefined} */
      channel: undefined,
      downs: 0,
      wasLive: false,
      isUnavailable: false,
    }));
  }

  start() {
    this.#onConnection({ state: "connecting", channel: this.#rungs[0]?.name });
    this.#step(0);
  }

  stop() {
    this.#stopped = true;
    this.#stopFrom(0);
  }

  check() {
    for (const { channel } of this.#rungs) channel?.check();
  }

  /** Starts a rung, or the next one that can work. @param {number} index */
  #step(index) {
    const rung = this.#rungs[index];
    if (!rung || rung.channel || this.#stopped) return;
    if (rung.isUnavailable) {
      this.#step(index + 1);
      return;
    }
    rung.downs = 0;
    rung.wasLive = false;
    rung.grace.set(GRACE, () => this.#step(index + 1));
    rung.channel = rung.make({
      live: () => this.#isLive(index),
      down: (reason) => this.#isDown(index, reason),
      unavailable: (reason) => this.#isUnavailable(index, reason),
    });
    rung.channel.start();
  }

  /** @param {number} index */
  #isLive(index) {
    const rung = this.#rungs[index];
    if (!rung?.channel) return;
    rung.downs = 0;
    rung.wasLive = true;
    rung.grace.clear();
    this.#stopFrom(index + 1);
    this.#live = index;
    const state = rung.name === "polling" ? "polling" : "live";
    this.#onConnection({ state, channel: rung.name });
  }

  /** @param {number} index @param {string} reason */
  #isDown(index, reason) {
    const rung = this.#rungs[index];
    if (!rung?.channel) return;
    rung.downs += 1;
    if (this.#live === index) this.#live = -1;
    if (this.#live === -1) {
      this.#onConnection({ state: "reconnecting", channel: rung.name, reason });
    }
    // One that worked may be back at once; one that fails again needs help now.
    const mayBeBack = rung.wasLive && rung.downs === 1;
    if (!mayBeBack) this.#step(index + 1);
    else if (!rung.grace.isSet) rung.grace.set(GRACE, () => this.#step(index + 1));
  }

  /** @param {number} index @param {string} reason */
  #isUnavailable(index, reason) {
    const rung = this.#rungs[index];
    if (!rung?.channel) return;
    rung.isUnavailable = true;
    if (this.#live === index) this.#live = -1;
    rung.grace.clear();
    rung.channel.stop();
    rung.channel = undefined;
    if (this.#rungs.every(({ isUnavailable }) => isUnavailable)) this.#onNothingLeft(reason);
    else this.#step(index + 1);
  }

  /** @param {number} first */
  #stopFrom(first) {
    for (const rung of this.#rungs.slice(first)) {
      rung.grace.clear();
      rung.channel?.stop();
      rung.channel = undefined;
    }
  }
}
