"""What each event says of its segment: a state, and how far along it is.

Of all that was heard of a segment the state of the highest rank holds, in whatever order it came.
"""

from typing import NamedTuple

from shared.events import (
    Envelope,
    EventData,
    OrderCancelled,
    OrderConfirmed,
    OrderPlaced,
    OrderRejected,
    PaymentActionRequired,
    PaymentAuthorized,
    PaymentCaptured,
    PaymentCaptureFailed,
    PaymentDeclined,
    PaymentRefunded,
    PaymentVoided,
    SegmentFailed,
    StockCommitted,
    StockReleased,
    StockReservationFailed,
    StockReserved,
)


class State(NamedTuple):
    """A segment's state; a higher rank is further along."""

    rank: int
    name: str


PENDING = State(-1, "pending")
_EXPIRED = State(2, "expired")
"""A reservation ran out before the verdict; it may be made again."""

_STATES: dict[type[EventData], State] = {
    SegmentFailed: State(0, "failed"),
    OrderPlaced: State(1, "placed"),
    OrderConfirmed: State(2, "confirmed"),
    OrderRejected: State(3, "rejected"),
    OrderCancelled: State(4, "cancelled"),
    StockReserved: State(1, "reserved"),
    StockReservationFailed: State(3, "failed"),
    StockCommitted: State(4, "committed"),
    StockReleased: State(5, "released"),
    PaymentActionRequired: State(1, "action_required"),
    PaymentAuthorized: State(2, "authorized"),
    PaymentDeclined: State(3, "declined"),
    PaymentCaptured: State(4, "captured"),
    PaymentCaptureFailed: State(5, "capture_failed"),
    PaymentVoided: State(6, "voided"),
    PaymentRefunded: State(7, "refunded"),
}

DONE = frozenset(_STATES[event] for event in (StockCommitted, PaymentCaptured))
"""States in which a segment has done its part of a confirmed order."""
HOLDS_NOTHING = frozenset(
    _STATES[event]
    for event in (
        StockReservationFailed,
        StockReleased,
        PaymentDeclined,
        PaymentVoided,
        PaymentRefunded,
    )
)
"""States in which a segment holds nothing for an order that is off.

SegmentFailed is none: who gave up on a message may hold something, and still answers the verdict.
"""


def state_of(envelope: Envelope) -> State:
    """Answers what an event says of its segment."""
    data = envelope.data
    if isinstance(data, StockReleased) and data.reason == "expired":
        return _EXPIRED
    return _STATES[type(data)]


def segment_of(envelope: Envelope) -> str:
    """Answers the segment that an event speaks of: its service, or `order` for the order itself."""
    return "order" if envelope.service == "orders" else envelope.service
