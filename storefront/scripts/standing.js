/** Where an order stands, in a headline and a sentence. */

import { texts } from "./texts.js";

const { headlines, leads } = texts.order;

export function headlineOf(update) {
  return headlines[standingOf(update)] ?? update.status;
}

export function leadOf(update) {
  const standing = standingOf(update);
  if (update.segments.payments?.state === "refunded") return leads.REFUNDED;
  return (update.final && leads[`${standing}_FINAL`]) || (leads[standing] ?? "");
}

function standingOf({ status, segments }) {
  const waits = Object.values(segments).some(({ action }) => action);
  return status === "PENDING" && waits ? "ACTION" : status;
}
