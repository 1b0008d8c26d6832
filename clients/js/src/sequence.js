/** @typedef {import("../index.js").Update} Update */

/**
 * @typedef {object} Outlet
 * @property {(update: Update) => void} emit
 * @property {() => void} finish
 * @property {(work: () => Promise<void>) => void} run
 */

/**
 * Brings the updates of one order, as any channels tell them, into its steps: each once and in
 * order. What was jumped over is fetched.
 */
export class StepByStep {
  #last;
  #target = 0;
  /** @type {Update | undefined} */
  #newest;
  #catchesUp = false;
  #emitted = false;
  #ended = false;
  #outlet;
  #fetchSteps;
  #pause;

  /**
   * @param {number} after
   * @param {Outlet} outlet
   * @param {{ fetchSteps: (after: number) => Promise<Update[]>, pause: () => Promise<void> }} source
   */
  constructor(after, outlet, { fetchSteps, pause }) {
    this.#last = after;
    this.#outlet = outlet;
    this.#fetchSteps = fetchSteps;
    this.#pause = pause;
  }

  get last() {
    return this.#last;
  }

  /** Takes an update of any channel, however old. @param {Update} update */
  offer(update) {
    if (update.sequence <= this.#last) {
      // The caller had all of it already (`after`).
      if (update.final && !this.#emitted) this.#end();
      return;
    }
    if (update.sequence > (this.#newest?.sequence ?? 0)) this.#newest = update;
    this.#take(update);
    this.changed(update.sequence);
  }

  /** Takes word that there is something at `sequence`. @param {number} sequence */
  changed(sequence) {
    this.#target = Math.max(this.#target, sequence);
    if (this.#newest) this.#take(this.#newest);
    if (this.#isBehind() && !this.#catchesUp) this.#outlet.run(() => this.#catchUp());
  }

  #isBehind() {
    return !this.#ended && this.#last < this.#target;
  }

  /** @param {Update} step */
  #take(step) {
    if (this.#ended || step.sequence !== this.#last + 1) return;
    this.#last = step.sequence;
    this.#emitted = true;
    this.#outlet.emit(step);
    if (step.final) this.#end();
  }

  #end() {
    if (this.#ended) return;
    this.#ended = true;
    this.#outlet.finish();
  }

  async #catchUp() {
    this.#catchesUp = true;
    try {
      while (this.#isBehind()) {
        const before = this.#last;
        for (const step of await this.#fetchSteps(before)) this.#take(step);
        if (this.#last === before) await this.#pause();
      }
    } finally {
      this.#catchesUp = false;
    }
  }
}

/** Lets only what is newer than everything before through: where an order stands, not how it got there. */
export class NewestOnly {
  #last;
  #target = 0;
  #fetches = false;
  #emitted = false;
  #outlet;
  #fetchNewest;
  #pause;

  /**
   * @param {number} after
   * @param {Outlet} outlet
   * @param {{ fetchNewest: () => Promise<Update>, pause: () => Promise<void> }} source
   */
  constructor(after, outlet, { fetchNewest, pause }) {
    this.#last = after;
    this.#outlet = outlet;
    this.#fetchNewest = fetchNewest;
    this.#pause = pause;
  }

  get last() {
    return this.#last;
  }

  /** Takes an update of any channel, however old. @param {Update} update */
  offer(update) {
    if (update.sequence > this.#last) {
      this.#last = update.sequence;
      this.#emitted = true;
      this.#outlet.emit(update);
    }
    const isNewest = update.sequence === this.#last || !this.#emitted;
    if (update.final && isNewest) this.#outlet.finish();
  }

  /** Takes word that there is something at `sequence`. @param {number} sequence */
  changed(sequence) {
    this.#target = Math.max(this.#target, sequence);
    if (this.#last < this.#target && !this.#fetches) this.#outlet.run(() => this.#fetch());
  }

  async #fetch() {
    this.#fetches = true;
    try {
      while (this.#last < this.#target) {
        const before = this.#last;
        this.offer(await this.#fetchNewest());
        if (this.#last === before) await this.#pause();
      }
    } finally {
      this.#fetches = false;
    }
  }
}
