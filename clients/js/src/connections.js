import { Connection } from "./connection.js";

/** The WebSocket connections of one client: as few as will do, none when nothing is followed. */
export class Connections {
  #host;
  #waking;
  /** @type {Set<Connection>} */
  #open = new Set();
  /** @type {(() => void) | undefined} */
  #stopWaking;

  /** @param {import("./host.js").Host} host @param {import("./waking.js").Waking} waking */
  constructor(host, waking) {
    this.#host = host;
    this.#waking = waking;
  }

  /**
   * Follows on a connection that others use, or a new one. Answers it.
   *
   * @param {string} address
   * @param {import("./connection.js").Follower} follower
   */
  join(address, follower) {
    const shared = [...this.#open].find(
      (connection) => connection.address === address && connection.hasRoomFor(follower.key),
    );
    const connection = shared ?? new Connection(address, this.#host);
    this.#open.add(connection);
    this.#stopWaking ??= this.#waking.watch(() => this.#check());
    connection.add(follower);
    return connection;
  }

  /** @param {Connection} connection @param {import("./connection.js").Follower} follower */
  leave(connection, follower) {
    if (connection.remove(follower)) return;
    this.#open.delete(connection);
    if (this.#open.size > 0) return;
    this.#stopWaking?.();
    this.#stopWaking = undefined;
  }

  #check() {
    for (const connection of this.#open) connection.check();
  }
}
