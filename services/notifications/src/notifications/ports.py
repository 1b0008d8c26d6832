"""What notifications needs of the world outside."""

from typing import Protocol

from shared.events import Envelope
from shared.ids import TransactionId


class Journal(Protocol):
    """Where every event of a transaction is kept, once."""

    def append(self, envelope: Envelope) -> int | None:
        """Keeps an event; answers its sequence number, or None when it was there before.

        The numbers of a transaction start at 1 and have no gap.
        """

    def read(self, transaction_id: TransactionId) -> tuple[Envelope, ...]:
        """Answers the transaction's events by sequence number; none: nothing has arrived."""
