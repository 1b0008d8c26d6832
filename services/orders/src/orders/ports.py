"""What orders needs of the world outside."""

from collections.abc import Iterable, Iterator
from datetime import datetime
from typing import Protocol

from orders.domain.checkout import Product
from orders.domain.order import Order
from shared.callers import Caller
from shared.ids import TransactionId
from shared.records import Records


class Catalogue(Protocol):
    """The copy of products that checkout prices from."""

    def find(self, skus: Iterable[str]) -> dict[str, Product]:
        """Answers those products that are known, by SKU."""

    def keep(self, product: Product) -> bool:
        """Keeps the product unless as new a version is known; answers whether it was news."""


class Orders(Records[Order], Protocol):
    """Where orders are kept."""

    def due(self, now: datetime) -> Iterator[TransactionId]:
        """Answers the orders, not at rest, whose time to be looked after has come."""


class SignIn(Protocol):
    """Those whom the stage's issuer vouches for."""

    def identify(self, token: str) -> Caller:
        """Answers who a token speaks for; raises InvalidTokenError or RetryLaterError."""


class TokenSigner(Protocol):
    """What makes a tracking token."""

    def sign(self, transaction_id: TransactionId, issued_at: datetime) -> str:
        """Answers the token of a transaction: the same for the same moment."""
