"""Reads one order for the holder of its token, or for the shopper who placed it."""

from dataclasses import dataclass
from http import HTTPStatus

from orders.domain.order import Order
from orders.ports import Orders
from orders.representing import Addresses, representation
from shared.http import ProblemError, Request, Response


@dataclass(frozen=True)
class Deps:
    """What reading an order needs."""

    orders: Orders
    addresses: Addresses


def read(request: Request, deps: Deps) -> Response:
    """Answers the order as last committed."""
    order = own(request, "read", deps.orders)
    return Response(HTTPStatus.OK, representation(order, deps.addresses))


def own(request: Request, scope: str, orders: Orders) -> Order:
    """Answers the caller's own order; raises a ProblemError: 403 for another's, 404 for none."""
    order = existing(orders, request.own_transaction(scope))
    request.caller.check_owner(order.customer_reference)
    return order


def existing(orders: Orders, transaction_id: str) -> Order:
    """Answers the order; raises a ProblemError (404) when there is none."""
    order = orders.load(transaction_id)
    if order is None:
        raise ProblemError(HTTPStatus.NOT_FOUND, "no-such-order", "There is no such order.")
    return order
