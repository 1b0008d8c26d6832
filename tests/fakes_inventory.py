"""inventory's ports in memory, by the same promises as on DynamoDB."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import datetime

from inventory.domain.decide import Step
from inventory.domain.moves import Move, Place
from inventory.domain.product import Product
from inventory.domain.reservation import Reservation, Status
from inventory.ports import ShortStockError
from shared.errors import ConflictError, UnprocessableError


@dataclass
class FakeProducts:
    """Products in memory."""

    kept: dict[str, Product] = field(default_factory=dict)
    marked: set[str] = field(default_factory=set)

    def find(self, skus: Iterable[str]) -> dict[str, Product]:
        """Answers those products that exist."""
        return {sku: self.kept[sku] for sku in skus if sku in self.kept}

    def create(self, product: Product) -> bool:
        """Keeps a new product; False when there is one already."""
        if product.sku in self.kept:
            return False
        self.kept[product.sku] = product
        self.marked.add(product.sku)
        return True

    def change(self, product: Product, *, previous: Product) -> bool:
        """Keeps a product's change; False when another was faster."""
        now = self.kept.get(product.sku)
        if now is None or now.version != previous.version:
            return False
        update = product.model_dump(include={"version", "announced_at_most"})
        update |= {"name": product.name, "unit_price": product.unit_price}
        if product.available != previous.available:
            if now.available != previous.available:
                return False
            update["available"] = product.available
        elif now.band != previous.band:
            return False
        self.kept[product.sku] = now.model_copy(update=update)
        self.marked.add(product.sku)
        return True

    def told(self, product: Product) -> None:
        """Takes the mark off, unless the product has changed since."""
        if self.kept[product.sku].version == product.version:
            self.marked.discard(product.sku)

    def untold(self) -> Iterator[str]:
        """Answers the SKUs of products whose last change may not have been told."""
        yield from sorted(self.marked)

    def page(self, cursor: str | None, limit: int) -> tuple[list[Product], str | None]:
        """Answers some products, and the cursor of the next page."""
        left = sorted(sku for sku in self.kept if cursor is None or sku > cursor)
        page = left[:limit]
        return [self.kept[s] for s in page], page[-1] if len(left) > limit else None


@dataclass
class FakeStock:
    """Reservations in memory, over the same products."""

    products: FakeProducts
    kept: dict[str, Reservation] = field(default_factory=dict)

    def load(self, key: str) -> Reservation | None:
        """Answers a transaction's reservation as last committed, or None."""
        return self.kept.get(key)

    def commit(self, step: Step) -> None:
        """Commits the reservation and all moves together, or nothing."""
        key = step.reservation.transaction_id
        current = self.kept[key].version if key in self.kept else 0
        if step.reservation.version != current:
            raise ConflictError("another writer was faster")
        short = [move for move in step.moves if not self._can(move)]
        if any(move.source is not Place.AVAILABLE for move in short):
            raise UnprocessableError("the books don't hold what is to be moved")
        if short:
            raise ShortStockError(tuple(move.line.sku for move in short))
        for move in step.moves:
            self._make(move)
        self.kept[key] = step.reservation.model_copy(update={"version": current + 1})

    def _can(self, move: Move) -> bool:
        product = self.products.kept.get(move.line.sku)
        held = 0 if product is None else getattr(product, move.source.value)
        return bool(held >= move.line.quantity)

    def _make(self, move: Move) -> None:
        product = self.products.kept[move.line.sku]
        source, target, quantity = move.source.value, move.target.value, move.line.quantity
        update = {
            source: getattr(product, source) - quantity,
            target: getattr(product, target) + quantity,
        }
        self.products.kept[move.line.sku] = product.model_copy(update=update)

    def expired(self, now: datetime) -> Iterator[str]:
        """Answers the transactions whose reservation's time is over."""
        for key, kept in list(self.kept.items()):
            due = kept.expires_at is not None and kept.expires_at <= now
            if kept.status is Status.RESERVED and due:
                yield key
