// Compiled, never run: what a caller may write, and what must not compile.
import { type Following, Orderbus, OrderRefused, type Update } from "@orderbus/client";
import type * as published from "../index.js";
import * as errors from "../src/errors.js";
import * as source from "../src/orderbus.js";

// The sources are what the declarations say.
source.Orderbus satisfies typeof published.Orderbus;
errors satisfies Pick<
  typeof published,
  "OrderbusError" | "OrderRefused" | "TrackingRefused" | "Unanswered" | "Unsupported"
>;

const shop = new Orderbus("https://api.example", { mqtt: () => import("mqtt") });

export async function checkout(signal: AbortSignal): Promise<string> {
  const cart = {
    lines: [{ sku: "MUG-BLUE", quantity: 1 }],
    expected_total: { amount: 1800, currency: "EUR" },
    payment_method: "pm_sandbox_approve",
  };
  try {
    const placed = await shop.placeOrder(cart, { signal });
    const tracking = shop.trackOrder(placed.transaction_id, placed.tracking_token, {
      channels: ["mqtt", "polling"],
      links: placed.links,
    });
    tracking.addEventListener("update", ({ detail }) => detail.sequence.toFixed());
    tracking.addEventListener("connection", ({ detail }) => detail.state satisfies string);
    // @ts-expect-error no such state
    tracking.addEventListener("connection", ({ detail }) => detail.state === "open");
    for await (const update of tracking) if (update.final) return update.status;
  } catch (error) {
    if (error instanceof OrderRefused) return error.problem.total?.currency ?? String(error.status);
  }
  return "";
}

export const typed: Following<Update> = shop.trackOrder("id", "token");
// @ts-expect-error a cart has lines
shop.placeOrder({ expected_total: { amount: 1, currency: "EUR" }, payment_method: "pm" });
// @ts-expect-error no such channel
shop.trackOrder("id", "token", { channels: ["sms"] });
// @ts-expect-error no such switch
shop.setSandbox({ authorize: "explode", capture: "fail" });

export async function watch(): Promise<void> {
  for await (const product of shop.watchProduct("MUG-BLUE"))
    product.version satisfies number | null;
  for await (const [first] of shop.operations()) first?.detail_type satisfies string | undefined;
  (await shop.products())[0]?.unit_price.amount satisfies number | undefined;
}
