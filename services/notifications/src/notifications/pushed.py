"""What a worker has pushed lately."""

from collections import OrderedDict
from dataclasses import dataclass, field

from shared.ids import TransactionId

REMEMBERED = 1000
"""Orders that a worker remembers."""


@dataclass
class Pushed:
    """By order, the sequence that all its followers have: a burst of messages is one push.

    Another worker, or one that forgot, pushes the same update again; receivers know it by its
    sequence. Who began to follow since has got the update on subscribing.
    """

    _by_transaction: OrderedDict[TransactionId, int] = field(default_factory=OrderedDict)

    def has(self, transaction_id: TransactionId, sequence: int) -> bool:
        """Says whether all followers have at least that much."""
        return self._by_transaction.get(transaction_id, -1) >= sequence

    def note(self, transaction_id: TransactionId, sequence: int) -> None:
        """Remembers that they have."""
        self._by_transaction[transaction_id] = sequence
        self._by_transaction.move_to_end(transaction_id)
        while len(self._by_transaction) > REMEMBERED:
            self._by_transaction.popitem(last=False)
