"""Looks after orders that aren't settled: overdue ones, and ones whose events may be lost."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import islice

from orders.domain.decide import decide
from orders.domain.messages import SweepDue
from orders.ports import Orders
from shared.clock import Clock
from shared.events import Envelope
from shared.ids import TransactionId
from shared.observability import count, logger
from shared.stepping import step

MOST_PER_RUN = 500
"""What one run can look after within its time; the next one follows in a minute."""


@dataclass(frozen=True)
class Deps:
    """What the sweep needs."""

    orders: Orders
    now: Clock


def sweep(deps: Deps) -> Iterable[Envelope]:
    """Answers what is to be published for the orders that are due."""
    due = list(islice(deps.orders.due(deps.now()), MOST_PER_RUN))
    count("UnsettledOrders", len(due))
    return [envelope for identity in due for envelope in _look_after(identity, deps)]


def _look_after(identity: TransactionId, deps: Deps) -> Iterator[Envelope]:
    logger().append_keys(transaction_id=identity)
    try:
        yield from step(deps.orders, identity, decide, SweepDue(identity), deps.now)
    except Exception:
        # One order must not keep the sweep from the others; it stays in the index.
        count("Errors")
        logger().exception("could not look after the order")
