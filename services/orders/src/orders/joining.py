"""Hears what the segments say: joins them into a verdict, and keeps the copy of products."""

from collections.abc import Iterable
from dataclasses import dataclass

from orders.domain.checkout import Product
from orders.domain.decide import decide
from orders.ports import Catalogue, Orders
from shared.clock import Clock
from shared.events import Envelope, ProductChanged
from shared.observability import count
from shared.stepping import step


@dataclass(frozen=True)
class Deps:
    """What hearing the segments needs."""

    orders: Orders
    catalogue: Catalogue
    now: Clock


def hear(envelope: Envelope, deps: Deps) -> Iterable[Envelope]:
    """Answers what is to be published once what the event says is committed."""
    if isinstance(envelope.data, ProductChanged):
        return _keep(envelope.data, deps.catalogue)
    return step(deps.orders, envelope.transaction_id, decide, envelope, deps.now)


def _keep(changed: ProductChanged, catalogue: Catalogue) -> tuple[Envelope, ...]:
    product = Product.model_validate(changed.model_dump())
    count("ProductsKept" if catalogue.keep(product) else "Ignored")
    return ()
