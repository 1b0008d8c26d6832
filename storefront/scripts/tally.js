/** Counts what the flow of events tells: each order once, by where it stands now. */

const REMEMBERED = 5000;
const RATE_MILLISECONDS = 5000;
const UNDECIDED = ["ACCEPTED", "PENDING"];

export class Tally {
  placed = 0;
  #orders = new Map();
  #statuses = new Map();
  #heard = [];

  /** Takes events that have just been told. */
  take(events, now) {
    this.#heard.push({ now, count: events.length });
    for (const event of events) this.#takeOne(event);
    this.#forget();
  }

  count(...statuses) {
    return statuses.reduce((all, status) => all + (this.#statuses.get(status) ?? 0), 0);
  }

  get inFlight() {
    return this.count(...UNDECIDED);
  }

  /** Answers the events a second of the last moments. */
  rate(now) {
    this.#heard = this.#heard.filter((heard) => now - heard.now < RATE_MILLISECONDS);
    return (this.#heard.reduce((all, { count }) => all + count, 0) * 1000) / RATE_MILLISECONDS;
  }

  #takeOne({ transaction_id, sequence, detail_type, status }) {
    if (detail_type === "OrderPlaced") this.placed += 1;
    const known = this.#orders.get(transaction_id);
    if (known && known.sequence >= sequence) return;
    if (known) this.#add(known.status, -1);
    this.#add(status, +1);
    this.#orders.set(transaction_id, { sequence, status });
  }

  #add(status, by) {
    this.#statuses.set(status, (this.#statuses.get(status) ?? 0) + by);
  }

  /** Drops the oldest decided orders; they stay counted. */
  #forget() {
    if (this.#orders.size <= REMEMBERED) return;
    for (const [id, { status }] of this.#orders) {
      if (this.#orders.size <= REMEMBERED) break;
      if (!UNDECIDED.includes(status)) this.#orders.delete(id);
    }
  }
}
