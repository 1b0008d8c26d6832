"""The contracts: every event on the bus, one module per producing service, owned by its team."""

from typing import Any

from pydantic import ValidationError

from shared.errors import MalformedError
from shared.events.envelope import (
    SOURCE_PREFIX,
    Contract,
    Envelope,
    EventData,
    Metadata,
    compose,
)
from shared.events.inventory import (
    ProductChanged,
    StockCommitted,
    StockLine,
    StockReleased,
    StockReservationFailed,
    StockReserved,
)
from shared.events.orders import (
    Failure,
    OrderCancelled,
    OrderConfirmed,
    OrderLine,
    OrderPlaced,
    OrderRejected,
    Shortage,
)
from shared.events.payments import (
    PaymentActionRequired,
    PaymentAuthorized,
    PaymentCaptured,
    PaymentCaptureFailed,
    PaymentDeclined,
    PaymentRefunded,
    PaymentVoided,
)
from shared.events.segments import SegmentFailed

CATALOGUE: dict[str, tuple[type[EventData], ...]] = {
    "orders": (OrderPlaced, OrderConfirmed, OrderRejected, OrderCancelled, SegmentFailed),
    "inventory": (
        StockReserved,
        StockReservationFailed,
        StockCommitted,
        StockReleased,
        ProductChanged,
        SegmentFailed,
    ),
    "payments": (
        PaymentAuthorized,
        PaymentActionRequired,
        PaymentDeclined,
        PaymentCaptured,
        PaymentCaptureFailed,
        PaymentVoided,
        PaymentRefunded,
        SegmentFailed,
    ),
    "notifications": (SegmentFailed,),
}
"""Every event that each service may publish."""

_BY_SOURCE_AND_NAME: dict[tuple[str, str], type[EventData]] = {
    (SOURCE_PREFIX + service, model.detail_type()): model
    for service, models in CATALOGUE.items()
    for model in models
}


def model_of(source: str, detail_type: str) -> type[EventData]:
    """Answers the contract of an event; raises MalformedError for one that nobody declared."""
    model = _BY_SOURCE_AND_NAME.get((source, detail_type))
    if model is None:
        raise MalformedError(f"no contract for the event {detail_type!r} of {source!r}")
    return model


def parse(event: dict[str, Any]) -> Envelope:
    """Answers the envelope in an EventBridge event; raises MalformedError, saying what is wrong.

    Shape: https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-events-structure.html
    """
    try:
        source, detail_type, detail = event["source"], event["detail-type"], event["detail"]
        metadata, data = detail["metadata"], detail["data"]
    except (KeyError, TypeError) as error:
        raise MalformedError(f"not an Orderbus event: {error!r} is missing or misplaced") from error
    return restore(source, detail_type, metadata, data)


def restore(source: str, detail_type: str, metadata: object, data: object) -> Envelope:
    """Answers the envelope of these parts; raises MalformedError, saying what is wrong."""
    model = model_of(source, detail_type)
    try:
        return Envelope(
            source=source,
            metadata=Metadata.model_validate(metadata),
            data=model.model_validate(data),
        )
    except ValidationError as error:
        # Field names and rules only: the input itself may hold what must not be logged.
        wrong = [
            f"{'.'.join(str(p) for p in e['loc'])}: {e['msg']}"
            for e in error.errors(include_input=False, include_url=False)
        ]
        raise MalformedError(f"{detail_type}: {'; '.join(wrong)}") from error


__all__ = [
    "CATALOGUE",
    "Contract",
    "Envelope",
    "EventData",
    "Failure",
    "Metadata",
    "OrderCancelled",
    "OrderConfirmed",
    "OrderLine",
    "OrderPlaced",
    "OrderRejected",
    "PaymentActionRequired",
    "PaymentAuthorized",
    "PaymentCaptureFailed",
    "PaymentCaptured",
    "PaymentDeclined",
    "PaymentRefunded",
    "PaymentVoided",
    "ProductChanged",
    "SegmentFailed",
    "Shortage",
    "StockCommitted",
    "StockLine",
    "StockReleased",
    "StockReservationFailed",
    "StockReserved",
    "compose",
    "model_of",
    "parse",
    "restore",
]
