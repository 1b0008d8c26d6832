import { Alarm } from "./clock.js";

const OPEN_WITHIN = 10_000;
const PING_EVERY = 5 * 60_000;
const PONG_WITHIN = 10_000;
const OPEN = 1;

/**
 * @typedef {object} SocketListener
 * @property {(socket: Socket) => void} opened
 * @property {(socket: Socket, frame: any) => void} received
 * @property {(socket: Socket, reason: string) => void} closed told once, and not after `close`
 */

/** One WebSocket: JSON frames in and out, given up when it does not open or has fallen silent. */
export class Socket {
  #socket;
  #listener;
  #opening;
  #ping;
  #pong;
  #done = false;

  /**
   * @param {import("../index.js").WebSocketClass} WebSocket
   * @param {string} address
   * @param {import("./clock.js").Clock} clock
   * @param {SocketListener} listener
   */
  constructor(WebSocket, address, clock, listener) {
    this.#listener = listener;
    this.#opening = new Alarm(clock);
    this.#ping = new Alarm(clock);
    this.#pong = new Alarm(clock);
    this.#socket = new WebSocket(address);
    this.#opening.set(OPEN_WITHIN, () => this.#lost("does not open"));
    this.#socket.addEventListener("open", () => this.#opened());
    this.#socket.addEventListener("message", (event) => this.#received(event.data));
    this.#socket.addEventListener("close", (event) => this.#lost(`closed (${event.code})`));
    // A "close" follows it; without a listener Node would end the process.
    this.#socket.addEventListener("error", () => {});
  }

  get isOpen() {
    return !this.#done && this.#socket.readyState === OPEN;
  }

  /** Sends a frame, unless the socket is not open (whoever opens it sends all anew). @param {unknown} frame */
  send(frame) {
    if (this.isOpen) this.#socket.send(JSON.stringify(frame));
  }

  /** Asks now whether the other side is still there. */
  check() {
    if (!this.isOpen || this.#pong.isSet) return;
    this.send({ action: "ping" });
    this.#pong.set(PONG_WITHIN, () => this.#lost("silent"));
    this.#ping.set(PING_EVERY, () => this.check());
  }

  close() {
    this.#settle();
    this.#socket.close(1000);
  }

  #opened() {
    if (this.#done) return;
    this.#opening.clear();
    this.#ping.set(PING_EVERY, () => this.check());
    this.#listener.opened(this);
  }

  /** @param {unknown} text */
  #received(text) {
    if (this.#done) return;
    this.#pong.clear();
    const frame = parsed(text);
    if (frame && frame.type !== "pong") this.#listener.received(this, frame);
  }

  /** @param {string} reason */
  #lost(reason) {
    if (this.#done) return;
    this.#settle();
    // A dead peer never answers the closing handshake, for which Node's `ws` would wait.
    if (this.#socket.terminate) this.#socket.terminate();
    else this.#socket.close();
    this.#listener.closed(this, reason);
  }

  #settle() {
    this.#done = true;
    for (const alarm of [this.#opening, this.#ping, this.#pong]) alarm.clear();
  }
}

/** @param {unknown} text */
function parsed(text) {
  try {
    const frame = JSON.parse(String(text));
    return typeof frame === "object" ? frame : undefined;
  } catch {
    return undefined;
  }
}
