/** What an order that came to nothing hands back to the shop's page: its lines and what was wrong. */

import { ofThisTab, read, remove, write } from "./keeping.js";

const KEY = "resume";

/** Remembers `{lines, shortages, failedMethod, focus}` for the shop's page in this tab. */
export function handBack(resume) {
  write(KEY, resume, ofThisTab);
}

/** Answers what was handed back, once. */
export function takeBack() {
  const resume = read(KEY, null, ofThisTab);
  remove(KEY, ofThisTab);
  return resume;
}
