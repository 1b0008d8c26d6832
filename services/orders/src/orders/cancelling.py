"""Calls an order off while it is undecided."""

from dataclasses import dataclass
from http import HTTPStatus

from orders.domain.decide import decide
from orders.domain.messages import CancelOrder
from orders.domain.order import Order, Status
from orders.ports import Orders
from orders.publishing import publish_after_commit
from orders.reading import existing, own
from orders.representing import Addresses, representation
from shared.bus import Bus
from shared.clock import Clock
from shared.http import ProblemError, Request, Response
from shared.stepping import step


@dataclass(frozen=True)
class Deps:
    """What calling an order off needs."""

    orders: Orders
    bus: Bus
    now: Clock
    addresses: Addresses


def cancel(request: Request, deps: Deps) -> Response:
    """Answers 202 with the cancelled order, or 409 when it is decided otherwise."""
    identity = own(request, "cancel", deps.orders).transaction_id
    publish = step(deps.orders, identity, decide, CancelOrder(identity), deps.now)
    publish_after_commit(deps.bus, publish)
    order = existing(deps.orders, identity)
    if order.status is not Status.CANCELLED:
        raise _too_late(order)
    return Response(HTTPStatus.ACCEPTED, representation(order, deps.addresses))


def _too_late(order: Order) -> ProblemError:
    return ProblemError(
        HTTPStatus.CONFLICT,
        "too-late",
        f"The order is {order.status} and can't be cancelled any more.",
        members={"order_status": order.status},
    )
