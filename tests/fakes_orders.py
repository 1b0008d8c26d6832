"""orders' ports in memory, by the same promises as on AWS, and orders itself over them."""

import json
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from events import euros, event
from fakes_shared import NOON, TRANSACTION, FakeBus, FakeClock, FakeRecords

from orders import cancelling, checking_out, joining, reading, sweeping
from orders.domain.checkout import Product
from orders.domain.decide import decide
from orders.domain.messages import PlaceOrder
from orders.domain.order import Order
from shared.decision import Changed
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
from shared.http import Request, Response

API = "https://api.example"
KEY = "1f2e3d4c-5b6a-4789-8abc-def012345678"
SEGMENTS = ("inventory", "payments")
QUARTER = timedelta(minutes=15)


@dataclass
class FakeOrders(FakeRecords[Order]):
    """Orders in memory."""

    broken: set[str] = field(default_factory=set)
    """Orders that can't be read."""
    rivals: list[Callable[[], object]] = field(default_factory=list)
    """What others do just before the next saves, one each."""

    def load(self, key: str) -> Order | None:
        """Answers the order as last committed, or None."""
        if key in self.broken:
            raise OSError("out of reach")
        return super().load(key)

    def save(self, record: Order) -> None:
        """Commits a step; raises ConflictError when another writer was faster."""
        if self.rivals:
            self.rivals.pop(0)()
        super().save(record)

    def due(self, now: datetime) -> Iterator[str]:
        """Answers the unsettled orders whose time to be looked after has come."""
        for key, order in list(self.kept.items()):
            if not order.settled and order.next_sweep_at <= now:
                yield key


@dataclass
class FakeCatalogue:
    """The copy of products in memory."""

    kept: dict[str, Product] = field(default_factory=dict)

    def find(self, skus: Iterable[str]) -> dict[str, Product]:
        """Answers those products that are known, by SKU."""
        return {sku: self.kept[sku] for sku in skus if sku in self.kept}

    def keep(self, product: Product) -> bool:
        """Keeps the product unless as new a version is known; answers whether it was news."""
        known = self.kept.get(product.sku)
        if known is not None and known.version >= product.version:
            return False
        self.kept[product.sku] = product
        return True


class FakeSigner:
    """A signer whose tokens can be read."""

    def sign(self, transaction_id: str, issued_at: datetime) -> str:
        """Answers the token of a transaction: the same for the same moment."""
        return f"{transaction_id} since {issued_at.isoformat()}"


def product(sku: str, amount: int = 100, *, version: int = 1, most: int | None = None) -> Product:
    """Answers a product; `amount` in cents."""
    return Product(
        sku=sku, name=sku, unit_price=euros(amount), version=version, available_at_most=most
    )


def place(transaction: str = TRANSACTION, *, segments: tuple[str, ...] = SEGMENTS) -> PlaceOrder:
    """Answers the command that places an order of two pieces for two euros."""
    return PlaceOrder(
        transaction_id=transaction,
        lines=(OrderLine(sku="A", quantity=2, unit_price=euros(100)),),
        total=euros(200),
        payment_method="pm_sandbox_approve",
        customer_reference="c-1",
        email="ann@example.com",
        fingerprint="f",
        required_segments=segments,
        deadline_in=QUARTER,
    )


def new_order(now: datetime, command: PlaceOrder | None = None) -> Order:
    """Answers an order that was just placed."""
    decision = decide(None, command or place(), now)
    if not isinstance(decision, Changed):
        raise TypeError("a new order is placed")
    return decision.state


STALLED = SegmentFailed(
    failed_event_id="e", failed_detail_type="OrderPlaced", error="Broken", attempts=5
)
RESERVED = event("inventory", StockReserved(lines=(), expires_at=NOON + QUARTER))
SHORT = event(
    "inventory",
    StockReservationFailed(
        code="shortage", shortages=(Shortage(sku="A", requested=2, available=1),)
    ),
)
COMMITTED = event("inventory", StockCommitted(lines=()))
RELEASED = event("inventory", StockReleased(lines=(), reason="rejected"))
EXPIRED = event("inventory", StockReleased(lines=(), reason="expired"), cause="expiry")
STOCK_STALLED = event("inventory", STALLED)
AUTHORIZED = event("payments", PaymentAuthorized(amount=euros(200), authorization_id="a"))
ACTION = event(
    "payments", PaymentActionRequired(action_url="https://bank.example", expires_at=NOON + QUARTER)
)
DECLINED = event("payments", PaymentDeclined(code="card_declined", message="No.", retryable=False))
CAPTURED = event("payments", PaymentCaptured(amount=euros(200)))
CAPTURE_FAILED = event("payments", PaymentCaptureFailed(code="expired", message="Too late."))
VOIDED = event("payments", PaymentVoided())
REFUNDED = event("payments", PaymentRefunded(amount=euros(200)))
PAYMENT_STALLED = event("payments", STALLED)
HEARD = (
    *(RESERVED, SHORT, COMMITTED, RELEASED, EXPIRED, STOCK_STALLED),
    *(AUTHORIZED, ACTION, DECLINED, CAPTURED, CAPTURE_FAILED, VOIDED, REFUNDED, PAYMENT_STALLED),
)
"""One of everything that orders hears of an order."""


class Desk:
    """orders in memory: what it keeps, what it publishes, and the time it is."""

    def __init__(self) -> None:
        self.orders = FakeOrders()
        self.catalogue = FakeCatalogue({sku: product(sku) for sku in ("A", "B")})
        self.bus = FakeBus()
        self.clock = FakeClock()

    def check_out(self, body: dict[str, Any], key: str | None = KEY) -> Response:
        """Posts a checkout."""
        headers = {} if key is None else {"idempotency-key": key}
        request = Request(headers=headers, body=json.dumps(body).encode())
        deps = checking_out.Deps(
            orders=self.orders,
            catalogue=self.catalogue,
            signer=FakeSigner(),
            bus=self.bus,
            now=self.clock,
            api_url=API,
            deadline_in=QUARTER,
            required_segments=SEGMENTS,
        )
        return checking_out.check_out(request, deps)

    def read(self, request: Request) -> Response:
        """Reads an order."""
        return reading.read(request, reading.Deps(self.orders, API))

    def cancel(self, request: Request) -> Response:
        """Calls an order off."""
        deps = cancelling.Deps(self.orders, self.bus, self.clock, API)
        return cancelling.cancel(request, deps)

    def place(self, transaction: str = TRANSACTION) -> Order:
        """Places an order without a checkout."""
        self.orders.save(new_order(self.clock(), place(transaction)))
        return self.order(transaction)

    def hear(self, *envelopes: Envelope) -> list[Envelope]:
        """Delivers events; answers what the last one leads to."""
        deps = joining.Deps(self.orders, self.catalogue, self.clock)
        published: list[Envelope] = []
        for envelope in envelopes:
            published = list(joining.hear(envelope, deps))
        return published

    def sweep(self) -> list[Envelope]:
        """Looks after the orders that are due."""
        return list(sweeping.sweep(sweeping.Deps(self.orders, self.clock)))

    def order(self, transaction: str = TRANSACTION) -> Order:
        """Answers an order as last committed."""
        return self.orders.kept[transaction]


def owner(transaction: str = TRANSACTION, scope: str = "read cancel") -> Request:
    """Answers a request for an order, by the holder of its token."""
    claims = {"transaction_id": transaction, "scope": scope}
    return Request(path={"transaction_id": transaction}, claims=claims)


def names(envelopes: Iterable[Envelope]) -> list[str]:
    """Answers the names of events, in order."""
    return [envelope.detail_type for envelope in envelopes]


def data_of(envelopes: Iterable[Envelope]) -> EventData:
    """Answers what the only event among these tells."""
    (envelope,) = envelopes
    return envelope.data
