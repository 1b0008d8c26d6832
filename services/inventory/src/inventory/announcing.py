"""Tells the others when a product's stock enters another band."""

from collections.abc import Iterable, Iterator

from inventory.domain.product import changed
from inventory.ports import Products
from shared.bus import Bus
from shared.clock import Clock
from shared.events import Envelope


def announce(skus: Iterable[str], products: Products, now: Clock) -> Iterator[Envelope]:
    """Answers the changes to publish; each is marked as untold until the sweep has seen to it."""
    for product in products.find(skus).values():
        if product.has_news and products.change(product.announced(), previous=product):
            yield changed(product.announced(), now())


def repeat_untold(products: Products, bus: Bus, now: Clock) -> None:
    """Publishes each change that may not have been told, and takes the mark off.

    Most were told by whoever made them; the repetition carries the same id and version.
    """
    for product in products.find(list(products.untold())[:100]).values():
        bus.publish([changed(product, now())])
        products.told(product)
