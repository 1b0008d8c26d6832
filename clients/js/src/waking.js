import { Alarm } from "./clock.js";

const TICK = 5_000;
/** A timer that is this late has slept with the machine. */
const JUMP = 10_000;
const MOST_OFTEN = 2_000;

/**
 * Notices that the page was asleep or offline (a laptop that was shut, a tab in the background), when
 * connections may have died without a word.
 */
export class Waking {
  #clock;
  #page;
  #alarm;
  /** @type {Set<() => void>} */
  #watchers = new Set();
  #wokenAt = Number.NEGATIVE_INFINITY;

  /** @param {import("./host.js").Host} host */
  constructor({ clock, page }) {
    this.#clock = clock;
    this.#page = page;
    this.#alarm = new Alarm(clock);
  }

  /**
   * Calls back on each waking. Answers what ends that.
   *
   * @param {() => void} callback
   * @returns {() => void}
   */
  watch(callback) {
    if (this.#watchers.size === 0) this.#begin();
    this.#watchers.add(callback);
    return () => {
      if (this.#watchers.delete(callback) && this.#watchers.size === 0) this.#end();
    };
  }

  #begin() {
    this.#page.addEventListener?.("online", this.#woken);
    this.#page.addEventListener?.("pageshow", this.#shown);
    this.#page.document?.addEventListener("visibilitychange", this.#seen);
    this.#tick();
  }

  #end() {
    this.#alarm.clear();
    this.#page.removeEventListener?.("online", this.#woken);
    this.#page.removeEventListener?.("pageshow", this.#shown);
    this.#page.document?.removeEventListener("visibilitychange", this.#seen);
  }

  #tick() {
    const due = this.#clock.now() + TICK;
    this.#alarm.set(TICK, () => {
      this.#tick();
      // A hidden page's timers are late by design; it wakes when it is seen.
      if (this.#clock.now() - due > JUMP && !this.#page.document?.hidden) this.#woken();
    });
  }

  /** @param {{ persisted?: boolean }} event a page that is loaded is shown, too */
  #shown = ({ persisted }) => {
    if (persisted) this.#woken();
  };

  #seen = () => {
    if (!this.#page.document?.hidden) this.#woken();
  };

  #woken = () => {
    const now = this.#clock.now();
    if (now - this.#wokenAt < MOST_OFTEN) return;
    this.#wokenAt = now;
    for (const callback of [...this.#watchers]) callback();
  };
}
