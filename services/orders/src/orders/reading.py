"""Reads one order for the holder of its token."""

from dataclasses import dataclass
from http import HTTPStatus

from orders.domain.order import Order
from orders.ports import Orders
from orders.representing import representation
from shared.http import ProblemError, Request, Response


@dataclass(frozen=True)
class Deps:
    """What reading an order needs."""

    orders: Orders
    api_url: str


def read(request: Request, deps: Deps) -> Response:
    """Answers the order as last committed."""
    order = existing(deps.orders, request.own_transaction("read"))
    return Response(HTTPStatus.OK, representation(order, deps.api_url))


def existing(orders: Orders, transaction_id: str) -> Order:
    """Answers the order; raises a ProblemError (404) when there is none."""
    order = orders.load(transaction_id)
    if order is None:
        raise ProblemError(HTTPStatus.NOT_FOUND, "no-such-order", "There is no such order.")
    return order
