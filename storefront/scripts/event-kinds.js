/** What kind of news an event is: its mark's shape and colour. */

const KINDS = {
  start: ["OrderPlaced"],
  good: [
    "OrderConfirmed",
    "StockReserved",
    "StockCommitted",
    "PaymentAuthorized",
    "PaymentCaptured",
  ],
  waiting: ["PaymentActionRequired"],
  bad: [
    "OrderRejected",
    "StockReservationFailed",
    "PaymentDeclined",
    "PaymentCaptureFailed",
    "SegmentFailed",
  ],
  undone: ["OrderCancelled", "StockReleased", "PaymentVoided", "PaymentRefunded"],
};

/** Colours that stand out on light and dark alike; the legend's pictures have them too. */
export const COLOURS = {
  start: "#3f76c4",
  good: "#2e9468",
  waiting: "#c08410",
  bad: "#d0493f",
  undone: "#8b7bb8",
  told: "#8a8178",
};

export const SERVICES = ["orders", "inventory", "payments", "notifications"];

export function kindOf(detailType) {
  return Object.keys(KINDS).find((kind) => KINDS[kind].includes(detailType)) ?? "good";
}

export function serviceOf(source) {
  return source.replace(/^orderbus\./, "");
}

/** Draws a mark of a kind on a canvas: each has its own shape, for those who don't see its colour. */
export function drawMark(context, kind, x, y, size) {
  context.fillStyle = context.strokeStyle = COLOURS[kind];
  context.beginPath();
  SHAPES[kind](context, x, y, size);
  if (kind === "start") {
    context.lineWidth = size * 0.6;
    context.stroke();
  } else context.fill();
}

const SHAPES = {
  start: (context, x, y, size) => context.arc(x, y, size * 0.75, 0, 2 * Math.PI),
  good: (context, x, y, size) => context.arc(x, y, size, 0, 2 * Math.PI),
  waiting: (context, x, y, size) =>
    context.rect(x - size * 0.85, y - size * 0.85, size * 1.7, size * 1.7),
  bad: (context, x, y, size) =>
    corners(context, [
      [x, y - size * 1.2],
      [x + size * 1.2, y],
      [x, y + size * 1.2],
      [x - size * 1.2, y],
    ]),
  undone: (context, x, y, size) =>
    corners(context, [
      [x, y - size],
      [x + size * 1.1, y + size * 0.9],
      [x - size * 1.1, y + size * 0.9],
    ]),
  told: (context, x, y, size) => context.rect(x - 1, y - size, 2, size * 2),
};

function corners(context, points) {
  for (const [x, y] of points) context.lineTo(x, y);
  context.closePath();
}
