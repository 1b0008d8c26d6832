"""Every message of the channels by which orders and products are followed, as a model."""

from typing import Literal

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field

from notifications.domain.update import Update
from notifications.domain.view import Status
from shared.events.orders import Sku
from shared.ids import EventId, TransactionId
from shared.money import Money

__all__ = ["Update"]  # the one place that says where it is


class Described(BaseModel):
    """A message, or its headers; members that a receiver doesn't know are to be ignored."""

    model_config = ConfigDict(frozen=True)


class SubscribeOrder(Described):
    """Asks to be told of an order: as it stands at once, then of each change."""

    action: Literal["subscribe"]
    transaction_id: TransactionId
    token: str = Field(max_length=8192)
    """The order's tracking token, or a JWT of the shopper whose order it is."""
    after: int = Field(default=0, ge=0, le=10**9)
    """The sequence number of the last update that you have; 0: you have none."""


class SubscribeProduct(Described):
    """Asks to be told of a product: as it stands, if it was ever announced, then of each change."""

    action: Literal["subscribe"]
    product: Sku


class SubscribeOperations(Described):
    """Asks, as an operator, to be told of every event."""

    action: Literal["subscribe"]
    operations: Literal[True]
    token: str = Field(default="", max_length=8192)
    """A JWT with the operators' scope; on a local stack its own machine needs none."""


class UnsubscribeOrder(Described):
    """Asks to be told no more of an order."""

    action: Literal["unsubscribe"]
    transaction_id: TransactionId


class UnsubscribeProduct(Described):
    """Asks to be told no more of a product."""

    action: Literal["unsubscribe"]
    product: Sku


class UnsubscribeOperations(Described):
    """Asks to be told of events no more."""

    action: Literal["unsubscribe"]
    operations: Literal[True]


class Ping(Described):
    """Keeps the connection awake."""

    action: Literal["ping"]


class Pong(Described):
    """Answers a ping."""

    type: Literal["pong"]


class UpdateFrame(Described):
    """Tells an order as it stands."""

    type: Literal["update"]
    update: Update


class Changed(Described):
    """Tells that there is an update which no frame can hold: fetch it."""

    type: Literal["changed"]
    transaction_id: TransactionId
    sequence: int


class Product(Described):
    """A product as inventory last announced it."""

    sku: Sku
    version: int
    """Grows with each change; a lower or equal one is old news."""
    name: str
    unit_price: Money
    available_at_most: int | None
    """No more than this was available; null: plenty."""
    in_stock: bool
    """Turning true it is back in stock."""


class ProductFrame(Described):
    """Tells a product as it stands."""

    type: Literal["product"]
    product: Product


class Subscribed(Described):
    """Says that every event is told from now on."""

    type: Literal["subscribed"]
    operations: Literal[True]


class Unsubscribed(Described):
    """Says that what it names is told no more."""

    type: Literal["unsubscribed"]
    transaction_id: TransactionId | None = None
    product: Sku | None = None
    operations: Literal[True] | None = None


class Happened(Described):
    """One event of an order, and what the order came to by it."""

    transaction_id: TransactionId
    sequence: int
    source: str
    detail_type: str
    event_id: EventId
    causation_id: str
    """The event or command that led to it."""
    occurred_at: AwareDatetime
    status: Status


class Events(Described):
    """Tells operators what has happened."""

    type: Literal["events"]
    events: tuple[Happened, ...]


class Error(Described):
    """Says that something can't be done, and which order or product it is about."""

    type: Literal["error"]
    code: Literal[
        "bad-message",
        "invalid-token",
        "other-order",
        "scope",
        "unknown-order",
        "too-many",
        "busy",
        "internal",
    ]
    """What to go by; `busy`: try again in a second."""
    detail: str
    """For people."""
    reason: Literal["expired", "altered", "unknown_key", "malformed"] | None = None
    """What is wrong with the token, with `invalid-token`."""
    transaction_id: TransactionId | None = None
    product: Sku | None = None
    operations: Literal[True] | None = None


class OrderAttributes(Described):
    """SNS message attributes of an order's update, for filter policies."""

    kind: Literal["order"]
    status: Status
    final: Literal["true", "false"]
    segment: tuple[str, ...]
    """All segments that changed since the message before (a String.Array)."""
    customer_reference: str | None = None
    """The shop's own opaque name for the customer, when the checkout had it."""
    update_id: EventId
    """The same when the update is told twice."""


class ProductAttributes(Described):
    """SNS message attributes of a product that came into or went out of stock."""

    kind: Literal["product"]
    sku: Sku
    in_stock: Literal["true", "false"]


class WebhookHeaders(Described):
    """The headers of Standard Webhooks (https://www.standardwebhooks.com)."""

    id: str = Field(alias="webhook-id", pattern="^msg_")
    """The same on every retry: drop what you have."""
    timestamp: str = Field(alias="webhook-timestamp", pattern="^[0-9]+$")
    """When this attempt was signed, in seconds since 1970 (UTC)."""
    signature: str = Field(alias="webhook-signature", pattern="^v1,[^ ]+( v1,[^ ]+)*$")
    """HMAC-SHA256 of `id.timestamp.body` in base64, one for each secret in force."""


class OrderUpdated(Described):
    """The body of a webhook."""

    type: Literal["order.updated"]
    timestamp: AwareDatetime
    data: Update
