"""Every event that orders consumes; its rule lets in exactly these."""

from shared.events import (
    PaymentActionRequired,
    PaymentAuthorized,
    PaymentCaptured,
    PaymentCaptureFailed,
    PaymentDeclined,
    PaymentRefunded,
    PaymentVoided,
    ProductChanged,
    SegmentFailed,
    StockCommitted,
    StockReleased,
    StockReservationFailed,
    StockReserved,
)
from shared.inbox import Consumes

CONSUMES: Consumes = frozenset(
    {
        ("inventory", StockReserved),
        ("inventory", StockReservationFailed),
        ("inventory", StockCommitted),
        ("inventory", StockReleased),
        ("inventory", ProductChanged),
        ("inventory", SegmentFailed),
        ("payments", PaymentAuthorized),
        ("payments", PaymentActionRequired),
        ("payments", PaymentDeclined),
        ("payments", PaymentCaptured),
        ("payments", PaymentCaptureFailed),
        ("payments", PaymentVoided),
        ("payments", PaymentRefunded),
        ("payments", SegmentFailed),
    }
)
