"""An order as its shopper sees it."""

from typing import Literal

from pydantic import AwareDatetime

from orders.domain.order import Order, Status
from shared.events import Contract, Failure, OrderLine
from shared.ids import TransactionId
from shared.money import Money


class Links(Contract):
    """Where an order is read, followed and called off."""

    self: str
    updates: str
    cancel: str


class Accepted(Contract):
    """The answer to a checkout: the same for every retry, whatever became of the order since."""

    transaction_id: TransactionId
    status: Literal[Status.PENDING] = Status.PENDING
    tracking_token: str
    links: Links


class Representation(Contract):
    """An order without what is nobody's business (its payment method, its address)."""

    transaction_id: TransactionId
    status: Status
    settled: bool
    lines: tuple[OrderLine, ...]
    total: Money
    placed_at: AwareDatetime
    failures: tuple[Failure, ...]
    links: Links


def links(api_url: str, transaction_id: TransactionId) -> Links:
    """Answers where an order is read, followed and called off."""
    order = f"{api_url}/orders/{transaction_id}"
    return Links(self=order, updates=f"{order}/updates", cancel=f"{order}/cancel")


def representation(order: Order, api_url: str) -> dict[str, object]:
    """Answers the order as its shopper sees it."""
    document = Representation(
        transaction_id=order.transaction_id,
        status=order.status,
        settled=order.settled,
        lines=order.lines,
        total=order.total,
        placed_at=order.placed_at,
        failures=order.failures,
        links=links(api_url, order.transaction_id),
    )
    return document.model_dump(mode="json")
