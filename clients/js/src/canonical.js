/**
 * Answers a text that two JSON values share exactly when they are equal: an object's members stand
 * in order of their names, as in the fingerprint that the checkout makes of a body.
 *
 * @param {unknown} value
 * @returns {string}
 */
export function canonical(value) {
  // Through JSON first: `undefined` members and `toJSON` are as they will be sent.
  return JSON.stringify(sorted(JSON.parse(JSON.stringify(value))));
}

/** @param {unknown} value @returns {unknown} */
function sorted(value) {
  if (Array.isArray(value)) return value.map(sorted);
  if (typeof value !== "object" || value === null) return value;
  const members = Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1));
  return Object.fromEntries(members.map(([name, member]) => [name, sorted(member)]));
}

/**
 * Answers a short name for a text (FNV-1a, 64 bits): it keeps an e-mail address out of storage.
 *
 * Not `crypto.subtle`: a page without https has none. No attacker gains by a collision: the server
 * refuses one key with two bodies.
 *
 * @param {string} text
 */
export function digest(text) {
  let hash = 0xcbf29ce484222325n;
  for (const byte of new TextEncoder().encode(text)) {
    hash = BigInt.asUintN(64, (hash ^ BigInt(byte)) * 0x100000001b3n);
  }
  return hash.toString(16).padStart(16, "0");
}
