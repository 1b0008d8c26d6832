"""What orders publishes: an order was placed, and what became of it."""

from typing import Annotated, Literal

from pydantic import AwareDatetime, Field

from shared.events.envelope import Contract, EventData
from shared.money import Money
from shared.numbers import HoweverWritten

SKU_PATTERN = "^[A-Z0-9][A-Z0-9-]{0,63}$"
Sku = Annotated[str, Field(pattern=SKU_PATTERN)]
Quantity = Annotated[int, Field(strict=True, ge=1, le=10_000), HoweverWritten]


class Shortage(Contract):
    """A SKU of which an order asked for more than there was."""

    sku: Sku
    requested: int
    available: int


class Failure(Contract):
    """Why a segment of an order failed, for the shop (`code`) and for the shopper (`message`)."""

    segment: str
    code: str
    """Stable, for translation: shortage, unknown_sku, card_declined, timeout, ..."""
    message: str
    retryable: bool = False
    """Whether a new checkout with the same content could succeed."""
    shortages: tuple[Shortage, ...] = ()


class OrderLine(Contract):
    """Some pieces of one SKU at the price of the checkout."""

    sku: Sku
    quantity: Quantity
    unit_price: Money


class OrderPlaced(EventData):
    """A checkout was accepted: every required segment tries its part now."""

    lines: tuple[OrderLine, ...] = Field(min_length=1)
    total: Money
    payment_method: str
    """The payment provider's opaque reference; never a card number."""
    customer_reference: str | None = None
    """The shop's own opaque name for the customer; never an e-mail or a name."""
    required_segments: tuple[str, ...]
    decide_by: AwareDatetime


class OrderConfirmed(EventData):
    """Every required segment succeeded: capture the payment, commit the stock."""

    total: Money


class OrderRejected(EventData):
    """The order can't be fulfilled: give back whatever is held for it."""

    failures: tuple[Failure, ...] = Field(min_length=1)


class OrderCancelled(EventData):
    """The order was called off (also after its confirmation): give back whatever was taken."""

    reason: Literal["customer", "capture_failed", "stock_unavailable"]
    failures: tuple[Failure, ...] = ()
