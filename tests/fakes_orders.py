"""orders' ports in memory, by the same promises as on AWS, and orders itself over them."""

import json
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Any

from events import euros
from fakes_shared import TRANSACTION, FakeBus, FakeClock, FakeRecords
from told import PLACE

from orders import cancelling, checking_out, joining, reading, sweeping
from orders.domain.checkout import Product
from orders.domain.decide import decide
from orders.domain.messages import PlaceOrder
from orders.domain.order import Order
from orders.representing import Addresses
from shared.callers import Caller
from shared.decision import Changed
from shared.events import Envelope, EventData
from shared.http import Request, Response
from shared.tokens import InvalidTokenError

API = "https://api.example"
ADDRESSES = Addresses(API, "wss://live.example/live")
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
        """Answers the orders, not at rest, whose time to be looked after has come."""
        for key, order in list(self.kept.items()):
            if not order.at_rest and order.next_sweep_at <= now:
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


class FakeSignIn:
    """An issuer whose tokens are `<customer>-token`; `nobody-token` names no customer."""

    def identify(self, token: str) -> Caller:
        """Answers who a token speaks for; raises InvalidTokenError otherwise."""
        customer, _, kind = token.rpartition("-")
        if kind != "token":
            raise InvalidTokenError("expired")
        return Caller(("read", "cancel"), customer=None if customer == "nobody" else customer)


def product(sku: str, amount: int = 100, *, version: int = 1, most: int | None = None) -> Product:
    """Answers a product; `amount` in cents."""
    return Product(
        sku=sku, name=sku, unit_price=euros(amount), version=version, available_at_most=most
    )


def place(transaction: str = TRANSACTION, *, segments: tuple[str, ...] = SEGMENTS) -> PlaceOrder:
    """Answers the command that places an order."""
    return replace(PLACE, transaction_id=transaction, required_segments=segments)


def new_order(now: datetime, command: PlaceOrder | None = None) -> Order:
    """Answers an order that was just placed."""
    decision = decide(None, command or place(), now)
    if not isinstance(decision, Changed):
        raise TypeError("a new order is placed")
    return decision.state


class Desk:
    """orders in memory: what it keeps, what it publishes, and the time it is."""

    def __init__(self) -> None:
        self.orders = FakeOrders()
        self.catalogue = FakeCatalogue({sku: product(sku) for sku in ("A", "B")})
        self.bus = FakeBus()
        self.clock = FakeClock()
        self.sign_in: FakeSignIn | None = None

    def check_out(
        self, body: dict[str, Any], key: str | None = KEY, authorization: str | None = None
    ) -> Response:
        """Posts a checkout."""
        headers = {} if key is None else {"idempotency-key": key}
        headers |= {} if authorization is None else {"authorization": authorization}
        return self.take(Request(headers=headers, body=json.dumps(body).encode()))

    def take(self, request: Request) -> Response:
        """Takes a checkout as it was sent."""
        deps = checking_out.Deps(
            orders=self.orders,
            catalogue=self.catalogue,
            signer=FakeSigner(),
            sign_in=self.sign_in,
            bus=self.bus,
            now=self.clock,
            addresses=ADDRESSES,
            deadline_in=QUARTER,
            required_segments=SEGMENTS,
        )
        return checking_out.check_out(request, deps)

    def read(self, request: Request) -> Response:
        """Reads an order."""
        return reading.read(request, reading.Deps(self.orders, ADDRESSES))

    def cancel(self, request: Request) -> Response:
        """Calls an order off."""
        deps = cancelling.Deps(self.orders, self.bus, self.clock, ADDRESSES)
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
        """Looks after the orders that are due; answers what was published of them."""
        before = len(self.bus.published)
        assert not list(sweeping.sweep(sweeping.Deps(self.orders, self.bus, self.clock)))
        return self.bus.published[before:]

    def order(self, transaction: str = TRANSACTION) -> Order:
        """Answers an order as last committed."""
        return self.orders.kept[transaction]


def owner(transaction: str = TRANSACTION, scope: str = "read cancel") -> Request:
    """Answers a request for an order, by the holder of its token."""
    claims = {"transaction_id": transaction, "scope": scope}
    return Request(path={"transaction_id": transaction}, claims=claims)


def shopper(customer: str, transaction: str = TRANSACTION, scope: str = "read cancel") -> Request:
    """Answers a request for an order, by a shopper who is signed in."""
    claims = {"customer": customer, "scope": scope}
    return Request(path={"transaction_id": transaction}, claims=claims)


def names(envelopes: Iterable[Envelope]) -> list[str]:
    """Answers the names of events, in order."""
    return [envelope.detail_type for envelope in envelopes]


def data_of(envelopes: Iterable[Envelope]) -> EventData:
    """Answers what the only event among these tells."""
    (envelope,) = envelopes
    return envelope.data
