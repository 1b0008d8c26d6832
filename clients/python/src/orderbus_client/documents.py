"""What the API takes and answers.

Typed dictionaries and not classes of our own: an update stays the very document that every channel
carries (it can be compared, kept and sent on), and fields that a newer stage adds stay in it.
"""

from dataclasses import dataclass
from typing import NotRequired, TypedDict


class Money(TypedDict):
    """An amount in minor units (cents) of one currency."""

    amount: int
    currency: str


class Line(TypedDict):
    """Some pieces of one SKU."""

    sku: str
    quantity: int


class Customer(TypedDict):
    """Who orders: an opaque reference, an address for the orders service alone."""

    reference: NotRequired[str | None]
    email: NotRequired[str | None]


class Cart(TypedDict):
    """The body of a checkout; `expected_total` is the total that the shopper was shown."""

    lines: list[Line]
    expected_total: Money
    payment_method: str
    customer: NotRequired[Customer]


class Product(TypedDict):
    """A product of the catalogue."""

    sku: str
    name: str
    unit_price: Money
    available: int


class ProductUpdate(TypedDict):
    """A product as its changes are told; `available_at_most` is None for plenty."""

    sku: str
    version: int
    name: str
    unit_price: Money
    available_at_most: int | None
    in_stock: bool


class Shortage(TypedDict):
    """A SKU of which an order asked for more than there was."""

    sku: str
    requested: int
    available: int


class OrderFailure(TypedDict):
    """What went wrong: `code` is stable, `message` can be shown."""

    segment: str
    code: str
    message: str
    retryable: bool
    shortages: list[Shortage]


class Failure(TypedDict):
    """The same with what the shopper can do about it."""

    segment: str
    code: str
    message: str
    retryable: bool
    suggested_action: str
    shortages: list[Shortage]


class Action(TypedDict):
    """What the shopper must do before the payment goes on."""

    url: str
    expires_at: str


class Segment(TypedDict):
    """Where one segment of an order stands."""

    state: str
    at: NotRequired[str]
    failure: NotRequired[Failure]
    action: NotRequired[Action]


class Update(TypedDict):
    """All that was known of an order at `sequence`; it covers the steps after `from_sequence`."""

    transaction_id: str
    from_sequence: int
    sequence: int
    status: str
    final: bool
    segments: dict[str, Segment]
    failures: list[Failure]


class PricedLine(TypedDict):
    """Some pieces of one SKU at the price of the checkout."""

    sku: str
    quantity: int
    unit_price: Money


class Order(TypedDict):
    """An order as the orders service keeps it."""

    transaction_id: str
    status: str
    settled: bool
    lines: list[PricedLine]
    total: Money
    placed_at: str
    failures: list[OrderFailure]
    links: dict[str, str]


class OperationEvent(TypedDict):
    """One event of one order, as operators are told of it."""

    transaction_id: str
    sequence: int
    source: str
    detail_type: str
    event_id: str
    causation_id: str | None
    occurred_at: str
    status: str


@dataclass(frozen=True)
class Placed:
    """An accepted checkout: what opens the order, and the key that would find it again."""

    transaction_id: str
    tracking_token: str
    links: dict[str, str]
    idempotency_key: str
