"""A reservation: the pieces that one order holds, and what became of them."""

from enum import StrEnum

from pydantic import AwareDatetime

from shared.events import StockLine
from shared.history import History, Record
from shared.ids import TransactionId


class Status(StrEnum):
    """What became of an order's pieces."""

    RESERVED = "RESERVED"
    FAILED = "FAILED"
    """Nothing is held, and inventory has said so."""
    COMMITTED = "COMMITTED"
    EXPIRED = "EXPIRED"
    """Back in stock because nobody decided in time; a confirmation may still come."""
    RELEASED = "RELEASED"
    """Nothing is held any more; also where the verdict came before the order (a tombstone)."""


class Reservation(Record):
    """A reservation as last committed."""

    transaction_id: TransactionId
    status: Status
    lines: tuple[StockLine, ...] = ()
    """What the order asked for, one line a SKU."""
    expires_at: AwareDatetime | None = None
    history: History = ()
