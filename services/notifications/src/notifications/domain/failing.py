"""Failures of all segments, aggregated: each once, in words that a shop can show."""

from collections.abc import Iterable, Iterator

from notifications.domain.states import segment_of
from notifications.domain.view import ViewFailure
from shared.events import (
    Envelope,
    Failure,
    OrderCancelled,
    OrderRejected,
    PaymentCaptureFailed,
    PaymentDeclined,
    SegmentFailed,
    StockReservationFailed,
)

_WORDS = {
    "shortage": ("Some items are not in stock in that number any more.", "edit_cart"),
    "unknown_sku": ("Some items are not sold any more.", "edit_cart"),
    "card_declined": ("The card was declined.", "other_payment_method"),
    "invalid_payment_method": ("The payment method is not valid.", "other_payment_method"),
    "capture_refused": ("The bank refused the payment.", "other_payment_method"),
    "authorization_lost": ("The payment could not be completed.", "try_again"),
    "authorization_expired": ("The payment took too long.", "try_again"),
    "timeout": ("This took too long.", "try_again"),
    "segment_failed": ("Something went wrong on our side.", "try_again"),
}
"""Per stable code: what to tell the shopper, and what they can do."""


def failures_of(envelopes: Iterable[Envelope]) -> tuple[ViewFailure, ...]:
    """Answers every distinct failure, by segment and code, whatever the order of arrival."""
    told = {
        (failure.segment, failure.code): _in_words(failure)
        for envelope in sorted(envelopes, key=lambda e: e.event_id)
        for failure in _told(envelope)
    }
    return tuple(told[key] for key in sorted(told))


def _told(envelope: Envelope) -> Iterator[Failure]:
    segment, data = segment_of(envelope), envelope.data
    match data:
        case OrderRejected() | OrderCancelled():
            yield from data.failures
        case StockReservationFailed():
            yield Failure(segment=segment, code=data.code, message="", shortages=data.shortages)
        case PaymentDeclined():
            yield Failure(
                segment=segment, code=data.code, message=data.message, retryable=data.retryable
            )
        case PaymentCaptureFailed():
            yield Failure(segment=segment, code=data.code, message=data.message)
        case SegmentFailed():
            yield Failure(segment=segment, code="segment_failed", message="", retryable=True)
        case _:
            return


def _in_words(failure: Failure) -> ViewFailure:
    words, action = _WORDS.get(failure.code, (failure.message, "contact_shop"))
    return ViewFailure(
        segment=failure.segment,
        code=failure.code,
        message=words,
        retryable=failure.retryable,
        suggested_action=action,
        shortages=failure.shortages,
    )
