/**
 * What can go wrong, by what the caller should do about it:
 *
 *     OrderbusError
 *       OrderRefused     the request can't be served as it is: show why, change it
 *       TrackingRefused  the token does not open what is to be followed: get another
 *       Unanswered       whether it was done is not known: do the same again
 *       Unsupported      this host or stage lacks what is needed
 */

const PROBLEM = "urn:orderbus:problem:";

/** @typedef {import("../index.js").Problem} Problem */

/** Whatever this client throws. */
export class OrderbusError extends Error {
  /** @override */
  name = "OrderbusError";
}

/** A request that was refused for good (4xx). */
export class OrderRefused extends OrderbusError {
  /** @override */
  name = "OrderRefused";

  /**
   * @param {number} status
   * @param {Problem} problem
   */
  constructor(status, problem) {
    super(problem.detail ?? problem.title ?? `refused with status ${status}`);
    this.status = status;
    this.problem = problem;
    /** The problem's code, such as `price-changed`; undefined for what the gateway itself refuses. */
    this.type = problem.type?.startsWith(PROBLEM) ? problem.type.slice(PROBLEM.length) : undefined;
    this.errors = problem.errors ?? [];
  }
}

/** A following that ended because its token does not open it, or there is no such order. */
export class TrackingRefused extends OrderbusError {
  /** @override */
  name = "TrackingRefused";

  /**
   * @param {string} code
   * @param {string | undefined} reason
   */
  constructor(code, reason) {
    super(reason ? `${code}: ${reason}` : code);
    this.code = code;
    this.reason = reason;
  }
}

/** A request that nobody answered for as long as was waited. */
export class Unanswered extends OrderbusError {
  /** @override */
  name = "Unanswered";
}

/** Something that this host or stage has not got. */
export class Unsupported extends OrderbusError {
  /** @override */
  name = "Unsupported";

  /** @param {string} code @param {string} message */
  constructor(code, message) {
    super(message);
    this.code = code;
  }
}

/** Something that may work when it is tried again: never leaves this package. */
export class Transient extends Error {
  /**
   * @param {string} reason
   * @param {{ retryAfter?: number | undefined, unheard?: boolean, cause?: unknown }} [options]
   */
  constructor(reason, { retryAfter, unheard = false, cause } = {}) {
    super(reason, { cause });
    /** Milliseconds that the server asked for. */
    this.retryAfter = retryAfter;
    /** Whether the server may still be working on the request. */
    this.unheard = unheard;
  }
}
