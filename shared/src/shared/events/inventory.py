"""What inventory publishes: what became of an order's stock, and changes of products."""

from typing import Literal

from pydantic import AwareDatetime, Field

from shared.events.envelope import Contract, EventData
from shared.events.orders import Quantity, Shortage, Sku
from shared.money import Money


class StockLine(Contract):
    """Some pieces of one SKU."""

    sku: Sku
    quantity: Quantity


class StockReserved(EventData):
    """All lines of an order are set aside until `expires_at`."""

    lines: tuple[StockLine, ...]
    expires_at: AwareDatetime


class StockReservationFailed(EventData):
    """Nothing is set aside for the order, and won't be."""

    code: Literal["shortage", "unknown_sku"]
    shortages: tuple[Shortage, ...] = Field(min_length=1)
    """Each SKU that was short; an unknown one counts as zero available."""


class StockCommitted(EventData):
    """The order's pieces are sold."""

    lines: tuple[StockLine, ...]


class StockReleased(EventData):
    """Nothing is set aside for the order any more; `lines` are what came back (maybe nothing)."""

    lines: tuple[StockLine, ...]
    reason: Literal["rejected", "cancelled", "expired"]


class ProductChanged(EventData):
    """A product's price or name changed, or its stock crossed a threshold."""

    sku: Sku
    name: str
    unit_price: Money
    version: int = Field(ge=1)
    """Grows with each change of this SKU; a lower or equal one is old news."""
    available_at_most: int | None = Field(default=None, ge=0)
    """No more than this was available when published; None: plenty."""
