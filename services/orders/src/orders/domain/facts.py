"""What each event of a segment means for an order: the one table of the join."""

from orders.domain.order import DEAD, Fact, Meaning
from shared.events import (
    Envelope,
    EventData,
    Failure,
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

_MEANINGS: dict[type[EventData], Meaning] = {
    StockReserved: Meaning.TRIED,
    StockReservationFailed: Meaning.FAILED,
    StockCommitted: Meaning.DONE,
    StockReleased: Meaning.UNDONE,
    PaymentAuthorized: Meaning.TRIED,
    PaymentActionRequired: Meaning.NEWS,
    PaymentDeclined: Meaning.FAILED,
    PaymentCaptured: Meaning.DONE,
    PaymentCaptureFailed: Meaning.STUCK,
    PaymentVoided: Meaning.UNDONE,
    PaymentRefunded: Meaning.UNDONE,
    SegmentFailed: Meaning.STUCK,
}


def fact_of(envelope: Envelope) -> Fact:
    """Answers what an event says; a segment's name is its service's."""
    data = envelope.data
    meaning = _MEANINGS[type(data)]
    if isinstance(data, StockReleased) and data.reason == "expired":
        # The order may yet be confirmed, and the stock reserved again: this settles nothing.
        meaning = Meaning.NEWS
    name = envelope.detail_type
    if isinstance(data, SegmentFailed):
        name = DEAD.format(data.failed_detail_type)
    return Fact(segment=envelope.service, name=name, meaning=meaning)


def failure_of(envelope: Envelope) -> Failure | None:
    """Answers the failure that an event tells of, in words a shop can show; None: none."""
    segment, data = envelope.service, envelope.data
    match data:
        case StockReservationFailed():
            return Failure(
                segment=segment,
                code=data.code,
                message=f"Not enough in stock: {', '.join(s.sku for s in data.shortages)}.",
                shortages=data.shortages,
            )
        case PaymentDeclined():
            return Failure(
                segment=segment, code=data.code, message=data.message, retryable=data.retryable
            )
        case PaymentCaptureFailed():
            return Failure(segment=segment, code=data.code, message=data.message)
        case SegmentFailed():
            return Failure(
                segment=segment,
                code="segment_failed",
                message="This part of the order could not be worked on.",
                retryable=True,
            )
        case _:
            return None


def timeout(segment: str) -> Failure:
    """Answers the failure of a segment that said nothing by the order's deadline."""
    return Failure(
        segment=segment,
        code="timeout",
        message="This part of the order took too long.",
        retryable=True,
    )
