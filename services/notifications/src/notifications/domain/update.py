"""The update: the one document that every channel carries of an order."""

from collections.abc import Iterable, Iterator, Sequence
from typing import NamedTuple

from notifications.domain.fold import fold, outcome
from notifications.domain.states import segment_of
from notifications.domain.view import View
from shared.events import Envelope, OrderPlaced
from shared.ids import TransactionId


class Update(View):
    """The view of one order, and what it is new since."""

    transaction_id: TransactionId
    from_sequence: int
    """What the receiver is taken to have; the update covers the steps after it."""


def update(
    transaction_id: TransactionId,
    entries: Sequence[Envelope],
    *,
    after: int,
    sequence: int | None = None,
) -> Update:
    """Answers the update at `sequence` (None: the newest) for whoever has what came until `after`.

    `entries` are the transaction's events by sequence number.
    """
    view = fold(entries[:sequence])
    return Update(
        **dict(view), transaction_id=transaction_id, from_sequence=min(after, view.sequence)
    )


def steps(
    transaction_id: TransactionId, entries: Sequence[Envelope], *, after: int, most: int
) -> tuple[Update, ...]:
    """Answers an update for each sequence number after `after`, at most so many."""
    last = min(after + most, len(entries))
    return tuple(
        update(transaction_id, entries, after=sequence - 1, sequence=sequence)
        for sequence in range(after + 1, last + 1)
    )


class Change(NamedTuple):
    """An update at which the order's status or finality changed."""

    update: Update
    segments: tuple[str, ...]
    """The segments that changed since the change before."""


def changes(
    transaction_id: TransactionId, entries: Sequence[Envelope], sequences: Iterable[int]
) -> Iterator[Change]:
    """Answers those of the sequence numbers at which `status` or `final` changed.

    Each event has one number and each number is asked for once, so that each change is told once.
    """
    wanted = frozenset(sequences)
    told, told_at = outcome(()), 0
    for sequence in range(1, max(wanted, default=0) + 1):
        reached = outcome(entries[:sequence])
        if reached == told:
            continue
        if sequence in wanted:
            changed = {segment_of(entry) for entry in entries[told_at:sequence]}
            yield Change(
                update(transaction_id, entries, after=told_at, sequence=sequence),
                tuple(sorted(changed)),
            )
        told, told_at = reached, sequence


def owner_of(entries: Iterable[Envelope]) -> str | None:
    """Answers the shop's own reference of the customer who placed the order, as far as is known."""
    placed = (entry.data for entry in entries if isinstance(entry.data, OrderPlaced))
    return next((data.customer_reference for data in placed), None)


def was_placed(entries: Iterable[Envelope]) -> bool:
    """Says whether the event that knows the order's owner has arrived."""
    return any(isinstance(entry.data, OrderPlaced) for entry in entries)
