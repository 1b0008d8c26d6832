/** How the page is connected just now, told as it is. */

import { announce } from "./announcing.js";
import { say } from "./dom.js";
import { texts } from "./texts.js";

const TROUBLE_MILLISECONDS = 4000;
const troubles = new WeakMap();

/** Shows a state; those who listen are told of a trouble only when it lasts, and of its end. */
export function showConnection(place, { state, channel }) {
  place.dataset.state = state;
  place.dataset.channel = channel ?? "";
  say(place, texts.connection[state] ?? state);
  const trouble = troubles.get(place) ?? {};
  troubles.set(place, trouble);
  clearTimeout(trouble.timer);
  if (state === "reconnecting" || state === "polling") {
    trouble.timer = setTimeout(() => {
      trouble.told = true;
      announce(texts.connection[state]);
    }, TROUBLE_MILLISECONDS);
  } else if (trouble.told && state === "live") {
    trouble.told = false;
    announce(texts.connection.live);
  }
}
