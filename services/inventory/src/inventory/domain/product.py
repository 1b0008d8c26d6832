"""A product: its price, its pieces, and what the others are told of them."""

from datetime import datetime

from pydantic import Field

from shared.events import Contract, Envelope, ProductChanged, Shortage, StockLine, compose
from shared.events.orders import Sku
from shared.money import Money

SERVICE = "inventory"
BANDS = (0, 4, 19, 99)
"""The others are told when the stock enters another band, and then the band's upper bound.

An upper bound never makes checkout refuse what could be had; the reservation decides the rest.
"""
MOST_PIECES = 10**12
"""More than any product ever has."""


class Product(Contract):
    """A product as last committed."""

    sku: Sku
    name: str = Field(min_length=1, max_length=200)
    unit_price: Money
    available: int = Field(ge=0)
    reserved: int = Field(default=0, ge=0)
    sold: int = Field(default=0, ge=0)
    version: int = Field(default=1, ge=1)
    """Grows with each change that the others are told."""
    announced_at_most: int | None = None
    """The bound that they were told last."""

    @property
    def at_most(self) -> int | None:
        """The upper bound of the band that the stock is in; None: plenty."""
        return next((bound for bound in BANDS if self.available <= bound), None)

    @property
    def band(self) -> tuple[int, int]:
        """The fewest and the most pieces that the others are told the same of."""
        least = max((bound + 1 for bound in BANDS if bound < self.available), default=0)
        return least, MOST_PIECES if self.at_most is None else self.at_most

    def announced(self) -> "Product":
        """Answers the product as the others are to be told of it next."""
        return self.model_copy(
            update={"version": self.version + 1, "announced_at_most": self.at_most}
        )

    @property
    def has_news(self) -> bool:
        """Whether the stock is in another band than the others were told."""
        return self.at_most != self.announced_at_most


def changed(product: Product, now: datetime) -> Envelope:
    """Answers the event that tells a product's version."""
    event = ProductChanged(
        sku=product.sku,
        name=product.name,
        unit_price=product.unit_price,
        version=product.version,
        available_at_most=product.announced_at_most,
    )
    cause = f"product:{product.sku}:{product.version}"
    return compose(event, service=SERVICE, transaction_id=None, cause=cause, now=now)


def shortage(line: StockLine, product: Product | None) -> Shortage | None:
    """Answers by how much a line is short; None: there is enough. An unknown product has none."""
    available = 0 if product is None else product.available
    if product is not None and available >= line.quantity:
        return None
    return Shortage(sku=line.sku, requested=line.quantity, available=available)
