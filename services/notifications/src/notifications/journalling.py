"""Keeps every event, exactly once, and queues what somebody may want to hear of it."""

from collections.abc import Iterable
from dataclasses import dataclass

from notifications.domain.product import Product
from notifications.domain.work import OrderMoved, ProductMoved
from notifications.ports import Feeds, Journal, Pushes
from shared.events import Envelope, ProductChanged
from shared.observability import count, logger


@dataclass(frozen=True)
class Deps:
    """What keeping events needs."""

    journal: Journal
    feeds: Feeds
    pushes: Pushes


def keep(envelope: Envelope, deps: Deps) -> Iterable[Envelope]:
    """Keeps the event, then queues its push; there is nothing to publish.

    A redelivered event is queued again: the first delivery may have died between the two.
    """
    if isinstance(envelope.data, ProductChanged):
        _keep_product(Product.of(envelope.data), deps)
    else:
        _keep_order(envelope, deps)
    return ()


def _keep_order(envelope: Envelope, deps: Deps) -> None:
    sequence, is_new = deps.journal.append(envelope)
    deps.pushes.send(OrderMoved(transaction_id=envelope.transaction_id, sequence=sequence))
    count("Journalled" if is_new else "Ignored")
    logger().info("journalled", sequence=sequence)


def _keep_product(product: Product, deps: Deps) -> None:
    announced = deps.feeds.announce(product)
    # Old news that turned the product may have died before it was queued: it is queued again.
    if not (announced.is_newest or announced.turned):
        count("Ignored")
        return
    deps.pushes.send(
        ProductMoved(sku=product.sku, version=product.version, turned=announced.turned)
    )
