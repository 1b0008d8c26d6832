/** What this browser keeps; where it keeps nothing (a private window), it is kept for this visit. */

const PREFIX = "orderbus.";
const visit = new Map();

export function read(key, otherwise, storage = () => localStorage) {
  try {
    const text = storage().getItem(PREFIX + key);
    if (text !== null) return JSON.parse(text);
  } catch {
    // No storage, or another program's words in it.
  }
  return visit.has(key) ? visit.get(key) : otherwise;
}

export function write(key, value, storage = () => localStorage) {
  try {
    storage().setItem(PREFIX + key, JSON.stringify(value));
    visit.delete(key);
  } catch {
    visit.set(key, value);
  }
}

export function remove(key, storage = () => localStorage) {
  visit.delete(key);
  try {
    storage().removeItem(PREFIX + key);
  } catch {
    // Nothing was kept.
  }
}

/** Calls back when another tab of this browser has changed what is kept. */
export function whenChangedElsewhere(key, callback) {
  addEventListener("storage", (event) => {
    if (event.key === PREFIX + key || event.key === null) callback();
  });
}

/** Of this tab alone: gone when it is closed. */
export const ofThisTab = () => sessionStorage;
