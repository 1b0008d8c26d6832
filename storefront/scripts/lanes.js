/** The flow of events on a canvas: a lane for each service, the newest event on the right. */

import { drawMark, kindOf, SERVICES, serviceOf } from "./event-kinds.js";
import { texts } from "./texts.js";

const WINDOW_MILLISECONDS = 60_000;
const MOST_MARKS = 6000;
const MOST_LINKED = 160;
const SIZE = 5.5;
const EDGE = 14;
const NEAR_PIXELS = 14;
const TICKS = 6;
const CALM_MILLISECONDS = 1000;

export class Lanes {
  #marks = [];
  #byEvent = new Map();
  #skew = 0;
  #pausedAt = null;
  #selected = null;
  #drawnAt = 0;
  #calm = matchMedia("(prefers-reduced-motion: reduce)");

  constructor(canvas, { onPick }) {
    this.canvas = canvas;
    this.context = canvas.getContext("2d");
    new ResizeObserver(() => this.#resize()).observe(canvas);
    // What is paused, or moves once a second, is not drawn anew by itself.
    matchMedia("(prefers-color-scheme: dark)").addEventListener("change", () => this.#draw());
    canvas.addEventListener("click", (event) => {
      const mark = this.#at(event.offsetX, event.offsetY);
      if (mark) onPick(mark.transaction);
    });
    canvas.addEventListener("pointermove", (event) => {
      canvas.classList.toggle("on-mark", this.#at(event.offsetX, event.offsetY) !== undefined);
    });
    requestAnimationFrame((now) => this.#frame(now));
  }

  /** Takes events as they are told; what is told shows in notifications' own lane as well. */
  take(events, now) {
    // A service's clock may go ahead of this machine's: nothing is drawn in the future.
    const latest = Math.max(...events.map(({ occurred_at }) => Date.parse(occurred_at)));
    this.#skew = Math.max(this.#skew, latest - now);
    for (const event of events) this.#add(event, now);
    const old = this.#marks.splice(0, Math.max(0, this.#marks.length - MOST_MARKS));
    for (const { id } of old) this.#byEvent.delete(id);
    this.#label();
  }

  select(transaction) {
    this.#selected = transaction;
    this.#drawnAt = 0;
  }

  set paused(paused) {
    this.#pausedAt = paused ? Date.now() : null;
  }

  #add(
    {
      transaction_id: transaction,
      source,
      detail_type,
      event_id: id,
      causation_id: cause,
      occurred_at,
    },
    now,
  ) {
    const service = serviceOf(source);
    const row = rowOf(transaction);
    const mark = {
      id,
      cause,
      transaction,
      row,
      lane: laneOf(service),
      kind: kindOf(detail_type),
      at: Date.parse(occurred_at) - this.#skew,
    };
    this.#marks.push(mark);
    this.#byEvent.set(id, mark);
    this.#marks.push({
      id: `${id}/told`,
      cause: null,
      transaction,
      row,
      lane: laneOf("notifications"),
      kind: "told",
      at: now,
    });
  }

  #label() {
    const shown = this.#shown().filter(({ kind }) => kind !== "told").length;
    this.canvas.setAttribute("aria-label", texts.operations.lanes(shown));
  }

  get #now() {
    return this.#pausedAt ?? Date.now();
  }

  #shown() {
    const since = this.#now - WINDOW_MILLISECONDS;
    return this.#marks.filter(({ at }) => at >= since && at <= this.#now);
  }

  #frame(now) {
    requestAnimationFrame((next) => this.#frame(next));
    // Who wants less motion gets a step a second in place of a flow.
    if (this.#calm.matches && now - this.#drawnAt < CALM_MILLISECONDS) return;
    if (this.#pausedAt && this.#drawnAt > 0) return;
    this.#drawnAt = now;
    this.#draw();
  }

  #resize() {
    const { clientWidth, clientHeight } = this.canvas;
    this.canvas.width = clientWidth * devicePixelRatio;
    this.canvas.height = clientHeight * devicePixelRatio;
    this.context.setTransform(devicePixelRatio, 0, 0, devicePixelRatio, 0, 0);
    this.#drawnAt = 0;
    this.#draw();
  }

  #draw() {
    const { context, canvas } = this;
    const colours = getComputedStyle(canvas);
    const shown = this.#shown();
    context.clearRect(0, 0, canvas.clientWidth, canvas.clientHeight);
    this.#drawLanes(colours);
    this.#drawLinks(shown, colours);
    for (const mark of shown) {
      const { x, y } = this.#place(mark);
      const isOther = this.#selected !== null && mark.transaction !== this.#selected;
      context.globalAlpha = isOther ? 0.25 : 1;
      drawMark(context, mark.kind, x, y, mark.transaction === this.#selected ? SIZE * 1.3 : SIZE);
    }
    context.globalAlpha = 1;
  }

  #drawLanes(colours) {
    const { context, canvas } = this;
    const { clientWidth: width, clientHeight: height } = canvas;
    context.strokeStyle = colours.getPropertyValue("--line");
    context.lineWidth = 1;
    context.beginPath();
    for (let lane = 1; lane < SERVICES.length; lane += 1) {
      const y = Math.round((height / SERVICES.length) * lane) + 0.5;
      context.moveTo(0, y);
      context.lineTo(width, y);
    }
    for (let tick = 1; tick < TICKS; tick += 1) {
      const x = Math.round((width / TICKS) * tick) + 0.5;
      context.moveTo(x, 0);
      context.lineTo(x, height);
    }
    context.stroke();
  }

  /** Joins each event with what it came of: of the chosen order, or of all while they are few. */
  #drawLinks(shown, colours) {
    const { context } = this;
    const few = shown.filter(({ kind }) => kind !== "told").length <= MOST_LINKED;
    context.lineWidth = 1.5;
    context.strokeStyle = colours.getPropertyValue("--muted");
    for (const mark of shown) {
      const cause = this.#byEvent.get(mark.cause);
      const isChosen = mark.transaction === this.#selected;
      if (!cause || !(isChosen || (few && this.#selected === null))) continue;
      context.globalAlpha = isChosen ? 0.9 : 0.3;
      this.#drawLink(this.#place(cause), this.#place(mark));
    }
  }

  #drawLink(from, to) {
    const { context } = this;
    const middle = (from.x + to.x) / 2;
    context.beginPath();
    context.moveTo(from.x, from.y);
    context.bezierCurveTo(middle, from.y, middle, to.y, to.x, to.y);
    context.stroke();
  }

  #place({ at, lane, row }) {
    const { clientWidth: width, clientHeight: height } = this.canvas;
    const laneHeight = height / SERVICES.length;
    return {
      x: width - EDGE - ((this.#now - at) / WINDOW_MILLISECONDS) * (width - EDGE),
      y: laneHeight * lane + EDGE + row * (laneHeight - 2 * EDGE),
    };
  }

  #at(x, y) {
    const near = this.#shown()
      .map((mark) => ({ mark, place: this.#place(mark) }))
      .map(({ mark, place }) => ({ mark, distance: Math.hypot(place.x - x, place.y - y) }))
      .filter(({ distance }) => distance <= NEAR_PIXELS);
    return near.sort((one, other) => one.distance - other.distance)[0]?.mark;
  }
}

function laneOf(service) {
  return Math.max(0, SERVICES.indexOf(service));
}

/** Answers how far down in its lanes an order runs: the same in each, so that the eye finds it. */
function rowOf(transaction) {
  return (Number.parseInt(transaction.slice(0, 4), 16) % 7) / 6 || 0;
}
