"""A client of Orderbus: places orders and follows them on whichever channel works."""

from orderbus_client.client import Channel, Orderbus
from orderbus_client.documents import (
    Cart,
    Failure,
    Money,
    OperationEvent,
    Order,
    Placed,
    Product,
    ProductUpdate,
    Segment,
    Update,
)
from orderbus_client.errors import (
    ClosedError,
    OrderbusError,
    OrderRefused,
    TrackingRefused,
    UnreachableError,
)
from orderbus_client.pacing import Pace

__all__ = [
    "Cart",
    "Channel",
    "ClosedError",
    "Failure",
    "Money",
    "OperationEvent",
    "Order",
    "OrderRefused",
    "Orderbus",
    "OrderbusError",
    "Pace",
    "Placed",
    "Product",
    "ProductUpdate",
    "Segment",
    "TrackingRefused",
    "UnreachableError",
    "Update",
]
