import type {
  Cart,
  FieldError,
  Offer,
  OperationsEvent,
  OperationsOrder,
  Order,
  PlacedOrder,
  Problem,
  Product,
  SandboxSwitches,
  Update,
} from "./src/contract.js";

export type * from "./src/contract.js";

/** Whatever this client throws, but for the reason of a signal that the caller aborted. */
export class OrderbusError extends Error {}

/** Refused for good (4xx): show why, change the request. */
export class OrderRefused extends OrderbusError {
  constructor(status: number, problem: Problem);
  readonly status: number;
  readonly problem: Problem;
  /** The problem's code, such as `price-changed` or `shortage`; undefined for what the gateway refuses. */
  readonly type: string | undefined;
  readonly errors: FieldError[];
}

/** A following that ended because its token does not open it, or there is no such order. */
export class TrackingRefused extends OrderbusError {
  constructor(code: string, reason: string | undefined);
  /** `invalid-token`, `other-order`, `scope` or `unknown-order`. */
  readonly code: string;
  readonly reason: string | undefined;
}

/** Nobody answered for as long as was waited. The same call again is safe: it orders nothing twice. */
export class Unanswered extends OrderbusError {}

/** Something that this host or stage has not got, such as a WebSocket. */
export class Unsupported extends OrderbusError {
  constructor(code: string, message: string);
  readonly code: string;
}

export type ChannelName = "websocket" | "mqtt" | "polling";

export interface ConnectionDetail {
  state: "connecting" | "live" | "polling" | "reconnecting" | "closed";
  channel: ChannelName | undefined;
  reason?: string;
}

export interface FollowingEvents<T> {
  update: CustomEvent<T>;
  connection: CustomEvent<ConnectionDetail>;
  /** What the iteration throws, for those who only listen. */
  error: CustomEvent<unknown>;
}

/**
 * What is followed, from when it was asked for: iterate it, or listen to it, or both. The iteration is
 * for one reader. Leaving the loop, `close()` and the signal end it quietly and free all it holds.
 */
export interface Following<T> extends EventTarget {
  close(): void;
  next(): Promise<IteratorResult<T>>;
  return(): Promise<IteratorResult<T>>;
  [Symbol.asyncIterator](): Following<T>;
  addEventListener<K extends keyof FollowingEvents<T>>(
    type: K,
    listener: (event: FollowingEvents<T>[K]) => void,
    options?: boolean | AddEventListenerOptions,
  ): void;
  addEventListener(
    type: string,
    listener: EventListenerOrEventListenerObject | null,
    options?: boolean | AddEventListenerOptions,
  ): void;
}

export interface CallOptions {
  signal?: AbortSignal | undefined;
}

export interface PlaceOrderOptions extends CallOptions {
  /** A signed-in shopper's JWT. */
  token?: string | undefined;
  /** Milliseconds for which to go on trying (60,000). */
  patience?: number | undefined;
}

export interface TrackOptions extends CallOptions {
  /** The sequence of the last update that the page has (0: none). */
  after?: number | undefined;
  /** From the best to the last resort (`["websocket", "polling"]`). */
  channels?: ChannelName[] | undefined;
  /** Every step, each once and in order (true); or only the newest, without those jumped over. */
  every?: boolean | undefined;
  /** The checkout's, to spare the page a request after a reload. */
  links?: { websocket?: string } | undefined;
}

export interface OperatorOptions extends CallOptions {
  /** None for who calls from the machine that the local stack runs on. */
  token?: string | undefined;
}

export interface Clock {
  now(): number;
  setTimeout(callback: () => void, delay: number): unknown;
  clearTimeout(timer: unknown): void;
}

export interface Storage {
  getItem(key: string): string | null;
  setItem(key: string, value: string): void;
  removeItem(key: string): void;
}

export interface WebSocketLike {
  readonly readyState: number;
  send(text: string): void;
  close(code?: number): void;
  terminate?(): void;
  addEventListener(
    type: "open" | "message" | "close" | "error",
    listener: (event: any) => void,
  ): void;
}

export type WebSocketClass = new (address: string) => WebSocketLike;

/** What is used of the package `mqtt`. */
export interface MqttLibrary {
  connect(url: string, options: object): MqttClientLike;
}

export interface MqttClientLike {
  on(event: any, listener: (...args: any[]) => void): unknown;
  subscribe(topic: string, options: { qos: 1 }, done: (error: Error | null) => void): unknown;
  end(force: boolean): unknown;
}

/** What is used of `window`, to notice that the page was asleep or offline. */
export interface Page {
  addEventListener?(type: string, listener: (event: any) => void): void;
  removeEventListener?(type: string, listener: (event: any) => void): void;
  document?: {
    readonly hidden: boolean;
    addEventListener(type: string, listener: () => void): void;
    removeEventListener(type: string, listener: () => void): void;
  };
}

/** What to take in place of the host's own; all for tests and odd hosts but `mqtt` and `websocketUrl`. */
export interface OrderbusOptions {
  /** Where the WebSocket is, whatever orders tell: for a page without any, or behind a proxy. */
  websocketUrl?: string | undefined;
  /** The package `mqtt`, or what imports it: `() => import("mqtt")`. */
  mqtt?: MqttLibrary | (() => Promise<MqttLibrary | { default: MqttLibrary }>) | undefined;
  /** Where the key of a checkout outlives a reload (localStorage). */
  storage?: Storage | undefined;
  fetch?: typeof fetch | undefined;
  WebSocket?: WebSocketClass | undefined;
  random?: (() => number) | undefined;
  clock?: Clock | undefined;
  page?: Page | undefined;
}

export class Orderbus {
  /** Needs the API's address, as `orderbus up` or the stack's outputs tell it. */
  constructor(apiUrl: string, options?: OrderbusOptions);

  /** Answers every product of the shop. */
  products(options?: CallOptions): Promise<Offer[]>;

  /**
   * Places an order once, however often it has to be sent. Until its outcome is known the same cart is
   * the same order: in another call at once, in another try, after a reload of the page; then the
   * same cart is another order. Throws OrderRefused, or Unanswered when time is up.
   */
  placeOrder(cart: Cart, options?: PlaceOrderOptions): Promise<PlacedOrder>;

  getOrder(id: string, token: string, options?: CallOptions): Promise<Order>;

  /** Calls an order off while it is undecided; throws OrderRefused (`too-late`) after that. */
  cancelOrder(id: string, token: string, options?: CallOptions): Promise<Order>;

  /** Follows an order to its end, through whatever happens to the connection. */
  trackOrder(id: string, token: string, options?: TrackOptions): Following<Update>;

  /** Follows a product: how it stands, then each change; a slow reader gets the newest alone. */
  watchProduct(sku: string, options?: CallOptions): Following<Product>;

  /** Follows all that happens on the stage. What happens while it reconnects is not told later. */
  operations(options?: OperatorOptions): Following<OperationsEvent[]>;

  operationsOrder(id: string, options?: OperatorOptions): Promise<OperationsOrder>;
  /** Where the stage's provider is the sandbox. */
  sandbox(options?: OperatorOptions): Promise<SandboxSwitches>;
  /** Sets both switches. */
  setSandbox(switches: SandboxSwitches, options?: OperatorOptions): Promise<SandboxSwitches>;
}
