/** The one place that knows where the client lies and how the page finds the API. */

import { Orderbus } from "../client/index.js";

export { OrderRefused, TrackingRefused } from "../client/index.js";

/** Answers the shop's client and the settings of config.json, which lies beside the pages. */
export async function connect() {
  const answer = await fetch("config.json", { cache: "no-cache" });
  if (!answer.ok) throw new Error(`config.json: ${answer.status}`);
  const settings = await answer.json();
  return {
    shop: new Orderbus(settings.api_url, { websocketUrl: settings.websocket_url }),
    settings,
  };
}
