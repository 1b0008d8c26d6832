/**
 * Answers as soon as the condition holds.
 *
 * @template T
 * @param {() => T} condition
 * @returns {Promise<NonNullable<T>>}
 */
export async function until(condition, what = String(condition)) {
  const end = performance.now() + 10_000;
  for (;;) {
    const answer = condition();
    if (answer) return answer;
    if (performance.now() > end) throw new Error(`in vain waited until ${what}`);
    await new Promise((resolve) => setImmediate(resolve));
  }
}

/** Answers all that a following yields, to its end. */
export async function all(following) {
  const values = [];
  for await (const value of following) values.push(value);
  return values;
}

/** Answers the states that a following goes through, as they come. */
export function statesOf(following) {
  const states = [];
  following.addEventListener("connection", ({ detail }) => states.push(detail));
  return states;
}

/** Answers the numbers from 1 to `last`. */
export function upTo(last) {
  return Array.from({ length: last }, (_, index) => index + 1);
}
