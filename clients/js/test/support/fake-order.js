import { randomUUID } from "node:crypto";
import { EventEmitter } from "node:events";

/** An order of the fake shop: its steps to come, and how many of them have happened. */
export class FakeOrder extends EventEmitter {
  id = randomUUID();
  token = `token-${randomUUID()}`;
  reached = 0;

  constructor(steps) {
    super();
    this.setMaxListeners(0);
    this.steps = Array.from({ length: steps }, (_, index) => this.#step(index + 1, steps));
  }

  #step(sequence, last) {
    return {
      transaction_id: this.id,
      from_sequence: sequence - 1,
      sequence,
      status: sequence === last ? "CONFIRMED" : "PENDING",
      final: sequence === last,
      segments: { order: { state: `step ${sequence}` } },
      failures: [],
    };
  }

  /** Answers all that is known at `sequence`, for who has what is before it. */
  at(sequence, after = 0) {
    if (sequence > 0) {
      return { ...this.steps[sequence - 1], from_sequence: Math.min(after, sequence) };
    }
    const status = "ACCEPTED";
    const view = { status, final: false, segments: {}, failures: [] };
    return { transaction_id: this.id, from_sequence: 0, sequence: 0, ...view };
  }

  update(after = 0) {
    return this.at(this.reached, after);
  }

  get isOver() {
    return this.reached === this.steps.length;
  }

  /** Lets the next steps happen. */
  advance(steps = 1) {
    for (let step = 0; step < steps; step += 1) {
      this.reached += 1;
      this.emit("step", this.reached);
    }
  }
}
