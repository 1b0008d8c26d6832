"""Every event that payments consumes; its rule lets in exactly these."""

from shared.events import OrderCancelled, OrderConfirmed, OrderPlaced, OrderRejected
from shared.inbox import Consumes

CONSUMES: Consumes = frozenset(
    {
        ("orders", OrderPlaced),
        ("orders", OrderConfirmed),
        ("orders", OrderRejected),
        ("orders", OrderCancelled),
    }
)
