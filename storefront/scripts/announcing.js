/** Tells those who listen to the page what is new: short, and not more often than they can follow. */

import { byId } from "./dom.js";

const GATHER_MILLISECONDS = 700;
const waiting = new Map();
let timer = null;

/** Says a sentence soon, with whatever else comes up until then; of one topic only the last. */
export function announce(sentence, topic = sentence) {
  waiting.delete(topic);
  waiting.set(topic, sentence);
  if (timer === null) timer = setTimeout(speak, GATHER_MILLISECONDS);
}

function speak() {
  timer = null;
  byId("announcer").textContent = [...waiting.values()].join(" ");
  waiting.clear();
}
