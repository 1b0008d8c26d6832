"""What a connection may follow: an order, a product, or (operators) everything."""

from enum import StrEnum
from typing import NamedTuple, Self

MOST_FEEDS = 50
"""Orders and products that one connection may follow."""
MOST_FOLLOWERS = 20
"""Connections that may follow one order: a shopper's devices and tabs, and some of the shop's."""


class Kind(StrEnum):
    """What is followed."""

    ORDER = "order"
    PRODUCT = "product"
    OPERATIONS = "operations"


class Feed(NamedTuple):
    """One thing that can be followed."""

    kind: Kind
    name: str = ""
    """The order's transaction, the product's SKU; nothing for operations."""

    def __str__(self) -> str:
        return f"{self.kind}#{self.name}"

    @classmethod
    def parse(cls, text: str) -> Self:
        """Answers the feed that was written as such a text."""
        kind, _, name = text.partition("#")
        return cls(Kind(kind), name)


OPERATIONS = Feed(Kind.OPERATIONS)
