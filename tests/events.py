"""Events as the tests send them: each by its data, of one transaction, with an id of its own."""

from datetime import datetime, timedelta

from fakes_shared import NOON, TRANSACTION

from shared.events import (
    Envelope,
    EventData,
    Failure,
    OrderCancelled,
    OrderConfirmed,
    OrderLine,
    OrderPlaced,
    OrderRejected,
    compose,
)
from shared.money import Money

EUR = "EUR"


def euros(amount: int) -> Money:
    """Answers so many cents."""
    return Money(amount=amount, currency=EUR)


def event(
    service: str,
    data: EventData,
    *,
    transaction: str | None = TRANSACTION,
    cause: str = "test",
    now: datetime = NOON,
) -> Envelope:
    """Answers an event of a service; another cause makes it another event."""
    return compose(data, service=service, transaction_id=transaction, cause=cause, now=now)


def placed(
    *lines: tuple[str, int], transaction: str = TRANSACTION, method: str = "pm_sandbox_approve"
) -> Envelope:
    """Answers OrderPlaced for these (SKU, quantity) lines at one euro a piece."""
    data = OrderPlaced(
        lines=tuple(OrderLine(sku=s, quantity=q, unit_price=euros(100)) for s, q in lines),
        total=euros(100 * sum(quantity for _, quantity in lines)),
        payment_method=method,
        required_segments=("inventory", "payments"),
        decide_by=NOON + timedelta(minutes=15),
    )
    return event("orders", data, transaction=transaction)


def confirmed(transaction: str = TRANSACTION) -> Envelope:
    """Answers OrderConfirmed."""
    return event("orders", OrderConfirmed(total=euros(100)), transaction=transaction)


def rejected(transaction: str = TRANSACTION) -> Envelope:
    """Answers OrderRejected, by a card that was declined."""
    failure = Failure(segment="payments", code="card_declined", message="The card was declined.")
    return event("orders", OrderRejected(failures=(failure,)), transaction=transaction)


def cancelled(transaction: str = TRANSACTION) -> Envelope:
    """Answers OrderCancelled, by the shopper."""
    return event("orders", OrderCancelled(reason="customer"), transaction=transaction)
