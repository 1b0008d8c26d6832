"""Moves stock as the orders service decides: load, decide, commit; short stock is decided, too."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import timedelta

from inventory.announcing import announce
from inventory.domain.decide import Decision, Expire, Message, Step, StockShort, decide
from inventory.domain.product import shortage
from inventory.ports import Products, ShortStockError, Stock
from shared.clock import Clock
from shared.errors import ConflictError
from shared.events import Envelope, OrderPlaced, StockReleased, StockReserved
from shared.ids import TransactionId
from shared.observability import count, logger

ATTEMPTS = 8
"""Past this the queue's back-off spreads the writers of a hot product."""


@dataclass(frozen=True)
class Deps:
    """What moving stock needs."""

    stock: Stock
    products: Products
    now: Clock
    holds_for: timedelta


def move(envelope: Envelope, deps: Deps) -> Iterable[Envelope]:
    """Answers what is to be published once an event's moves are committed."""
    publish = settle(envelope.transaction_id, envelope, deps)
    return (*publish, *announce(touched(publish), deps.products, deps.now))


def touched(publish: Iterable[Envelope]) -> tuple[str, ...]:
    """Answers the SKUs whose available pieces have changed, by what is published of it.

    A redelivered message publishes the same again: what it left untold is told then. In the order
    of their names, so that one seed is one run in the simulator.
    """
    skus = {
        line.sku
        for envelope in publish
        if isinstance(envelope.data, StockReserved | StockReleased)
        for line in envelope.data.lines
    }
    return tuple(sorted(skus))


def settle(identity: TransactionId, message: Envelope | Expire, deps: Deps) -> tuple[Envelope, ...]:
    """Applies a message to a reservation; raises ConflictError when others were faster."""
    begins = isinstance(message, Envelope) and isinstance(message.data, OrderPlaced)
    reservation = None if begins else deps.stock.load(identity)
    told: Message = message
    for _ in range(ATTEMPTS):
        decision: Decision = decide(reservation, told, deps.now(), holds_for=deps.holds_for)
        if not isinstance(decision, Step):
            count("Ignored")
            logger().info("ignored", reason=decision.reason)
            return decision.publish
        try:
            deps.stock.commit(decision)
        except ConflictError:
            reservation, told = deps.stock.load(identity), message
        except ShortStockError:
            told = _short(message, decision, deps.products)
        else:
            return decision.publish
    raise ConflictError(f"{identity}: other writers were faster {ATTEMPTS} times")


def _short(message: Envelope | Expire, step: Step, products: Products) -> Message:
    """Answers what is short; the message itself when, by now, nothing is."""
    lines = step.reservation.lines
    found = products.find(line.sku for line in lines)
    shortages = tuple(s for line in lines if (s := shortage(line, found.get(line.sku))))
    if not shortages or isinstance(message, Expire):
        return message
    count("Shortages")
    return StockShort(message, shortages, unknown=any(s.sku not in found for s in shortages))
