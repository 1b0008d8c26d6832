"""Looks after orders that aren't settled: overdue ones, and ones whose events may be lost."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import islice

from orders.domain.decide import decide
from orders.domain.messages import SweepDue, SweepTold
from orders.ports import Orders
from shared.bus import Bus
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
    bus: Bus
    now: Clock


def sweep(deps: Deps) -> Iterable[Envelope]:
    """Publishes what the orders that are due have to tell; nothing is left to be published.

    Published here and not by the entrypoint: an order that is settled comes to rest only when the
    bus is known to have taken what it had to tell.
    """
    due = list(islice(deps.orders.due(deps.now()), MOST_PER_RUN))
    count("UnsettledOrders", len(due))
    told = {identity: tuple(_look_after(identity, SweepDue(identity), deps)) for identity in due}
    deps.bus.publish(envelope for envelopes in told.values() for envelope in envelopes)
    for identity, envelopes in told.items():
        if envelopes:
            tuple(_look_after(identity, SweepTold(identity), deps))
    return ()


def _look_after(
    identity: TransactionId, message: SweepDue | SweepTold, deps: Deps
) -> Iterator[Envelope]:
    logger().append_keys(transaction_id=identity)
    try:
        yield from step(deps.orders, identity, decide, message, deps.now)
    except Exception:
        # One order must not keep the sweep from the others; it stays in the index.
        count("Errors")
        logger().exception("could not look after the order")
