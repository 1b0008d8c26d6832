"""What inventory needs of the world outside."""

from collections.abc import Iterable, Iterator
from datetime import datetime
from typing import Protocol

from inventory.domain.decide import Step
from inventory.domain.product import Product
from inventory.domain.reservation import Reservation
from shared.ids import TransactionId


class ShortStockError(Exception):
    """Too little is there of `skus` for a step's moves; nothing was changed."""

    def __init__(self, skus: tuple[str, ...]) -> None:
        super().__init__(f"too little in stock of {', '.join(skus)}")
        self.skus = skus


class Stock(Protocol):
    """Where reservations and the pieces that they hold are kept."""

    def load(self, key: str) -> Reservation | None:
        """Answers a transaction's reservation as last committed, or None."""

    def commit(self, step: Step) -> None:
        """Commits the reservation and all moves together, or nothing.

        Raises ConflictError when another writer was faster, ShortStockError when pieces lack.
        """

    def expired(self, now: datetime) -> Iterator[TransactionId]:
        """Answers the transactions whose reservation's time is over."""


class Products(Protocol):
    """Where products are kept."""

    def find(self, skus: Iterable[str]) -> dict[str, Product]:
        """Answers those products that exist, as last committed, by SKU."""

    def create(self, product: Product) -> bool:
        """Keeps a new product, marked as not yet told; False when there is one already."""

    def change(self, product: Product, *, previous: Product) -> bool:
        """Keeps a product's change, marked as not yet told; False when another was faster.

        The pieces stay as they are unless the change is to `available`. Otherwise they must still
        be in the band that they were in, or the others would be told of what is no more.
        """

    def told(self, product: Product) -> None:
        """Takes the mark off, unless the product has changed since."""

    def untold(self) -> Iterator[str]:
        """Answers the SKUs of products whose last change may not have been told."""

    def page(self, cursor: str | None, limit: int) -> tuple[list[Product], str | None]:
        """Answers some products, and the cursor of the next page (None: that was all)."""
