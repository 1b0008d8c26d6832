/** Money and times in the page's language. */

import { language } from "./texts.js";

const formats = new Map();

/** Answers an amount in minor units as people write it in its currency. */
export function money({ amount, currency }) {
  const format = moneyFormat(currency);
  return format.format(amount / 10 ** format.resolvedOptions().maximumFractionDigits);
}

export function times({ amount, currency }, quantity) {
  return { amount: amount * quantity, currency };
}

/** Answers the sum of amounts of one currency. */
export function sum(amounts) {
  return amounts.reduce((all, next) => ({
    amount: all.amount + next.amount,
    currency: all.currency,
  }));
}

export function time(moment) {
  return clock({ timeStyle: "medium" }).format(new Date(moment));
}

export function dateAndTime(moment) {
  return clock({ dateStyle: "medium", timeStyle: "short" }).format(new Date(moment));
}

/** Answers a time with its milliseconds, for those who look for causes. */
export function exactTime(moment) {
  const options = {
    hour: "2-digit",
    minute: "2-digit",
    second: "2-digit",
    fractionalSecondDigits: 3,
  };
  return clock(options).format(new Date(moment));
}

/** Answers milliseconds as "+120ms" or "+1.2s". */
export function after(milliseconds) {
  const [value, unit] =
    milliseconds < 1000 ? [milliseconds, "millisecond"] : [milliseconds / 1000, "second"];
  const options = { style: "unit", unit, unitDisplay: "narrow", maximumFractionDigits: 1 };
  return `+${new Intl.NumberFormat(language, options).format(value)}`;
}

export function count(number) {
  return new Intl.NumberFormat(language, { maximumFractionDigits: 1 }).format(number);
}

function moneyFormat(currency) {
  return kept(currency, () => new Intl.NumberFormat(language, { style: "currency", currency }));
}

function clock(options) {
  return kept(JSON.stringify(options), () => new Intl.DateTimeFormat(language, options));
}

function kept(key, make) {
  if (!formats.has(key)) formats.set(key, make());
  return formats.get(key);
}
