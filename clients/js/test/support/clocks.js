/** Time that passes only when it is told to. */
export class ManualClock {
  #now = 1_800_000_000_000;
  #timers = new Map();
  #next = 1;

  now() {
    return this.#now;
  }

  setTimeout(callback, delay) {
    const id = this.#next++;
    this.#timers.set(id, { at: this.#now + Math.max(0, delay), callback });
    return id;
  }

  clearTimeout(id) {
    this.#timers.delete(id);
  }

  get pending() {
    return this.#timers.size;
  }

  /** Lets time pass, each timer at its time. */
  pass(milliseconds) {
    const end = this.#now + milliseconds;
    for (;;) {
      const due = this.#due(end);
      if (!due) break;
      this.#timers.delete(due[0]);
      this.#now = Math.max(this.#now, due[1].at);
      due[1].callback();
    }
    this.#now = end;
  }

  /** The machine sleeps: time passes, and no timer runs before it is over. */
  sleepThrough(milliseconds) {
    this.#now += milliseconds;
    this.pass(0);
  }

  #due(end) {
    const due = [...this.#timers].filter(([, { at }]) => at <= end);
    return due.sort(([, a], [, b]) => a.at - b.at)[0];
  }
}

/** Time that passes many times as fast as it does. */
export class FastClock {
  #speed;
  #start = performance.now();

  constructor(speed) {
    this.#speed = speed;
  }

  now() {
    return 1_800_000_000_000 + (performance.now() - this.#start) * this.#speed;
  }

  setTimeout(callback, delay) {
    return setTimeout(callback, delay / this.#speed);
  }

  clearTimeout(timer) {
    clearTimeout(timer);
  }
}
