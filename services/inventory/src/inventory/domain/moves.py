"""Moves of stock: pieces change their place, never their number."""

from dataclasses import dataclass
from enum import Enum

from shared.events import StockLine


class Place(Enum):
    """Where a product's pieces are."""

    AVAILABLE = "available"
    RESERVED = "reserved"
    SOLD = "sold"


@dataclass(frozen=True)
class Move:
    """Some pieces of one SKU go from one place to another; there must be enough of them."""

    line: StockLine
    source: Place
    target: Place


def moves(lines: tuple[StockLine, ...], source: Place, target: Place) -> tuple[Move, ...]:
    """Answers the moves of all lines, which are made together or not at all."""
    return tuple(Move(line, source, target) for line in lines)
