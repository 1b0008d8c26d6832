"""A product as those who wait for it are told."""

from shared.events import Contract, ProductChanged
from shared.events.orders import Sku
from shared.money import Money


class Product(Contract):
    """A product as inventory last announced it."""

    sku: Sku
    version: int
    """Grows with each change; a lower or equal one is old news."""
    name: str
    unit_price: Money
    available_at_most: int | None = None
    """No more than this was available; None: plenty."""
    in_stock: bool

    @classmethod
    def of(cls, changed: ProductChanged) -> "Product":
        """Answers the product that an event tells of."""
        return cls(
            sku=changed.sku,
            version=changed.version,
            name=changed.name,
            unit_price=changed.unit_price,
            available_at_most=changed.available_at_most,
            in_stock=changed.available_at_most != 0,
        )
