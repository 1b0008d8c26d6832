"""An order as its shopper sees it."""

from dataclasses import dataclass
from typing import Literal

from pydantic import AwareDatetime

from orders.domain.order import Order, Status
from shared.events import Contract, Failure, OrderLine
from shared.ids import TransactionId
from shared.money import Money


@dataclass(frozen=True)
class Addresses:
    """Where the APIs that shoppers use are found."""

    api: str
    websocket: str


class Links(Contract):
    """Where an order is read, followed and called off."""

    self: str
    updates: str
    steps: str
    websocket: str
    mqtt: str
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


def links(addresses: Addresses, transaction_id: TransactionId) -> Links:
    """Answers where an order is read, followed and called off."""
    order = f"{addresses.api}/orders/{transaction_id}"
    return Links(
        self=order,
        updates=f"{order}/updates",
        steps=f"{order}/steps",
        websocket=addresses.websocket,
        mqtt=f"{order}/mqtt",
        cancel=f"{order}/cancel",
    )


def representation(order: Order, addresses: Addresses) -> dict[str, object]:
    """Answers the order as its shopper sees it."""
    document = Representation(
        transaction_id=order.transaction_id,
        status=order.status,
        settled=order.settled,
        lines=order.lines,
        total=order.total,
        placed_at=order.placed_at,
        failures=order.failures,
        links=links(addresses, order.transaction_id),
    )
    return document.model_dump(mode="json")
