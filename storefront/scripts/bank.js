/** The sandbox's bank: a shopper confirms a payment with 3-D Secure here, or refuses to. */

import { settings } from "./config.js";
import { byId, fillTexts, focusOn, say } from "./dom.js";
import { texts } from "./texts.js";

const words = texts.bank;
const PATIENCE_MILLISECONDS = 20_000;
const OUTCOMES = { confirm: "succeeded", refuse: "failed" };

/** How the bank's refusals end a visit; any other answer is a reason to try again. */
const ENDS = { 404: "unknown", 409: "over" };

fillTexts();
for (const [id, outcome] of Object.entries(OUTCOMES)) {
  byId(id).addEventListener("click", () => act(outcome));
}
byId("back").addEventListener("click", () => history.back());
addEventListener("hashchange", open);
open();

/** What follows the `#` opens one payment; no server but the bank's is ever told. */
function action() {
  return location.hash.slice(1);
}

function open() {
  say(byId("answer"), "");
  show(action() ? "ask" : "unknown");
}

function show(standing) {
  const { headline, lead } = words.standings[standing];
  const asks = standing === "ask";
  say(byId("headline"), headline);
  say(byId("lead"), lead);
  document.title = words.page_title(headline);
  byId("choice").hidden = !asks;
  // Who came from the order goes back to it; nobody here needs to know where that is.
  byId("back").hidden = asks || history.length < 2;
  byId("to-shop").hidden = asks || history.length > 1;
}

async function act(outcome) {
  if (isBusy()) return;
  setBusy(true);
  say(byId("answer"), words.telling);
  const asked = action();
  const standing = await tell(asked, outcome);
  setBusy(false);
  if (asked !== action()) return;
  say(byId("answer"), standing === null ? words.unreachable : "");
  if (standing === null) return;
  show(standing);
  focusOn(byId("headline"));
}

/** Answers what the payment has come to; null when that is not known. */
async function tell(asked, outcome) {
  try {
    const { api_url: api } = await settings();
    const answer = await fetch(`${api}/sandbox/actions/${encodeURIComponent(asked)}`, {
      method: "POST",
      headers: { "content-type": "application/json" },
      body: JSON.stringify({ outcome }),
      signal: AbortSignal.timeout(PATIENCE_MILLISECONDS),
    });
    return answer.ok ? outcome : (ENDS[answer.status] ?? null);
  } catch (error) {
    console.warn("The bank could not be reached:", error);
    return null;
  }
}

function isBusy() {
  return byId("confirm").getAttribute("aria-disabled") === "true";
}

function setBusy(busy) {
  for (const id of Object.keys(OUTCOMES)) {
    if (busy) byId(id).setAttribute("aria-disabled", "true");
    else byId(id).removeAttribute("aria-disabled");
  }
}
