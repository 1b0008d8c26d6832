"""Puts back what is set aside for orders that nobody decided, and repeats what may be untold."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import islice

from inventory import moving
from inventory.announcing import announce, repeat_untold
from inventory.domain.decide import Expire
from shared.bus import Bus
from shared.events import Envelope
from shared.ids import TransactionId
from shared.observability import count, logger

MOST_PER_RUN = 500


@dataclass(frozen=True)
class Deps:
    """What the sweep needs."""

    moving: moving.Deps
    bus: Bus


def sweep(deps: Deps) -> Iterable[Envelope]:
    """Answers what is to be published for the reservations that expired."""
    stock, products, now = deps.moving.stock, deps.moving.products, deps.moving.now
    repeat_untold(products, deps.bus, now)
    due = list(islice(stock.expired(now()), MOST_PER_RUN))
    count("ExpiredReservations", len(due))
    released = [envelope for identity in due for envelope in _expire(identity, deps.moving)]
    return (*released, *announce(moving.touched(released), products, now))


def _expire(identity: TransactionId, deps: moving.Deps) -> Iterator[Envelope]:
    logger().append_keys(transaction_id=identity)
    try:
        yield from moving.settle(identity, Expire(identity), deps)
    except Exception:
        # One reservation must not keep the sweep from the others; it stays in the index.
        count("Errors")
        logger().exception("could not expire the reservation")
