// The documents of the wire, as docs/following.md and the API's OpenAPI document have them.

/** An amount in minor units (cents) of an ISO 4217 currency. */
export interface Money {
  amount: number;
  currency: string;
}

/** A product as `GET /products` tells it. */
export interface Offer {
  sku: string;
  name: string;
  unit_price: Money;
  available: number;
}

/** The body of `POST /orders`. */
export interface Cart {
  customer?: { reference?: string | null; email?: string | null };
  lines: { sku: string; quantity: number }[];
  /** The total that the shopper was shown. */
  expected_total: Money;
  payment_method: string;
}

/** Where an order is read, followed and called off; stages differ in what they offer. */
export interface Links {
  self: string;
  updates: string;
  cancel: string;
  websocket?: string;
  [further: string]: string | undefined;
}

export interface PlacedOrder {
  transaction_id: string;
  status: string;
  /** Opens this one order until it expires. */
  tracking_token: string;
  links: Links;
}

export interface Shortage {
  sku: string;
  requested: number;
  available: number;
}

export interface OrderLine {
  sku: string;
  quantity: number;
  unit_price: Money;
}

/** The order as last committed. */
export interface Order {
  transaction_id: string;
  status: "PENDING" | "CONFIRMED" | "REJECTED" | "CANCELLED";
  settled: boolean;
  lines: OrderLine[];
  total: Money;
  placed_at: string;
  failures: {
    segment: string;
    code: string;
    message: string;
    retryable: boolean;
    shortages: Shortage[];
  }[];
  links: Links;
}

export interface Failure {
  segment: string;
  /** Stable, for translation. */
  code: string;
  /** Can be shown. */
  message: string;
  retryable: boolean;
  suggested_action:
    | "edit_cart"
    | "other_payment_method"
    | "try_again"
    | "contact_shop"
    | (string & {});
  shortages: Shortage[];
}

export interface Segment {
  state: string;
  at?: string | null;
  failure?: Failure | null;
  /** What the shopper must do before the payment goes on. */
  action?: { url: string; expires_at: string } | null;
}

/** All that was known of an order at `sequence`. */
export interface Update {
  transaction_id: string;
  from_sequence: number;
  sequence: number;
  status: "ACCEPTED" | "PENDING" | "CONFIRMED" | "REJECTED" | "CANCELLED";
  /** Nothing is outstanding. */
  final: boolean;
  segments: Record<string, Segment>;
  failures: Failure[];
}

export interface Product {
  sku: string;
  /** null: read from the catalogue, which tells none. */
  version: number | null;
  name: string;
  unit_price: Money;
  /** null: plenty. */
  available_at_most: number | null;
  in_stock: boolean;
}

export interface OperationsEvent {
  transaction_id: string;
  sequence: number;
  source: string;
  detail_type: string;
  event_id: string;
  causation_id: string | null;
  occurred_at: string;
  status: string;
}

/** An order's whole story. */
export interface OperationsOrder {
  update: Update;
  events: (OperationsEvent & { data: Record<string, unknown> })[];
}

/** What the sandbox's payment provider does with whatever it is asked. */
export interface SandboxSwitches {
  authorize: "as_asked" | "approve" | "decline" | "slow" | "outage" | "action_required";
  capture: "as_asked" | "succeed" | "fail";
}

/** A refusal (RFC 9457), with what its type adds (`total`, `lines`, `shortages`, …). */
export interface Problem {
  type?: string;
  title?: string;
  status?: number;
  detail?: string;
  reason?: string;
  errors?: FieldError[];
  total?: Money;
  lines?: OrderLine[];
  shortages?: Shortage[];
  order_status?: string;
  [member: string]: unknown;
}

export interface FieldError {
  /** Its path, such as `lines.0.sku`, or the header's name. */
  field: string;
  detail: string;
}
