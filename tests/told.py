"""An order that is told one thing after another, and all the things that it can be told."""

from datetime import datetime, timedelta

from events import euros, event
from fakes_shared import NOON, TRANSACTION

from orders.domain.decide import decide
from orders.domain.messages import CancelOrder, Message, PlaceOrder, SweepDue
from orders.domain.order import Order, Status
from shared.decision import Changed, Decision
from shared.events import (
    Envelope,
    EventData,
    OrderLine,
    PaymentActionRequired,
    PaymentAuthorized,
    PaymentCaptured,
    PaymentCaptureFailed,
    PaymentDeclined,
    PaymentRefunded,
    PaymentVoided,
    SegmentFailed,
    Shortage,
    StockCommitted,
    StockReleased,
    StockReservationFailed,
    StockReserved,
)

LATER = NOON + timedelta(hours=1)


def _stock(data: EventData, cause: str = "test") -> Envelope:
    return event("inventory", data, cause=cause)


def _money(data: EventData) -> Envelope:
    return event("payments", data)


RESERVED = _stock(StockReserved(lines=(), expires_at=LATER))
SHORT = _stock(
    StockReservationFailed(
        code="shortage", shortages=(Shortage(sku="A", requested=2, available=1),)
    )
)
COMMITTED = _stock(StockCommitted(lines=()))
RELEASED = _stock(StockReleased(lines=(), reason="rejected"))
EXPIRED = _stock(StockReleased(lines=(), reason="expired"), cause="expiry")
AUTHORIZED = _money(PaymentAuthorized(amount=euros(100), authorization_id="a"))
ACTION = _money(PaymentActionRequired(action_url="https://bank.example", expires_at=LATER))
DECLINED = _money(PaymentDeclined(code="card_declined", message="The card was declined."))
CAPTURED = _money(PaymentCaptured(amount=euros(100)))
UNCAPTURED = _money(PaymentCaptureFailed(code="capture_refused", message="no"))
VOIDED = _money(PaymentVoided(amount=euros(100)))
REFUNDED = _money(PaymentRefunded(amount=euros(100)))
GAVE_UP = SegmentFailed(
    failed_event_id="e", failed_detail_type="OrderPlaced", error="KeyError", attempts=20
)
STOCK_STALLED, PAYMENT_STALLED = event("inventory", GAVE_UP), event("payments", GAVE_UP)
HEARD = (
    *(RESERVED, SHORT, COMMITTED, RELEASED, EXPIRED, STOCK_STALLED),
    *(AUTHORIZED, ACTION, DECLINED, CAPTURED, UNCAPTURED, VOIDED, REFUNDED, PAYMENT_STALLED),
)
"""One of everything that a segment says of an order."""
CANCEL, SWEEP = CancelOrder(TRANSACTION), SweepDue(TRANSACTION)
PLACE = PlaceOrder(
    transaction_id=TRANSACTION,
    lines=(OrderLine(sku="A", quantity=1, unit_price=euros(100)),),
    total=euros(100),
    payment_method="pm_sandbox_approve",
    customer_reference="c-1",
    email="ann@example.com",
    fingerprint="f",
    required_segments=("inventory", "payments"),
    deadline_in=timedelta(minutes=15),
)


class Told:
    """An order that is told one thing after another."""

    def __init__(self, *messages: Message) -> None:
        self.now = NOON
        self.order: Order | None = None
        self.published: list[Envelope] = []
        for message in (PLACE, *messages):
            self.tell(message)

    def tell(self, message: Message, at: datetime | None = None) -> Decision[Order]:
        self.now = at or self.now
        decision = decide(self.order, message, self.now)
        if isinstance(decision, Changed):
            self.order = decision.state
        self.published += decision.publish
        return decision

    @property
    def known(self) -> Order:
        assert self.order is not None
        return self.order

    @property
    def status(self) -> Status:
        return self.known.status

    def names(self) -> list[str]:
        return [e.detail_type for e in self.published]
