/** The one place that knows where the client lies. */

import { Orderbus } from "../client/index.js";
import { settings as read } from "./config.js";

export { OrderRefused, TrackingRefused } from "../client/index.js";

/** Answers the shop's client and the settings of config.json. */
export async function connect() {
  const settings = await read();
  return {
    shop: new Orderbus(settings.api_url, { websocketUrl: settings.websocket_url }),
    settings,
  };
}
