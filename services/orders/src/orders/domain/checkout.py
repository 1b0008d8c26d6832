"""A checkout as the storefront sends it, and what the catalogue's copy says of it."""

import hashlib
import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field

from shared.events import Contract, OrderLine, Shortage
from shared.events.orders import Quantity, Sku
from shared.money import LARGEST_AMOUNT, Money

MOST_LINES = 50
LARGEST_QUANTITY = 10_000


class _Strict(BaseModel):
    """A part of a request: an unknown field is a mistake that is named, not ignored."""

    model_config = ConfigDict(frozen=True, extra="forbid")


class ExpectedTotal(Money):
    """The total that the storefront showed."""

    model_config = ConfigDict(frozen=True, extra="forbid")


class Customer(_Strict):
    """Who orders: an opaque reference for other services, an address for this one alone."""

    reference: str | None = Field(default=None, pattern=r"^[A-Za-z0-9_-]{1,64}$")
    email: Annotated[str, Field(pattern=r"^[^@\s]{1,64}@[^@\s]{1,255}$")] | None = None


class Line(_Strict):
    """Some pieces of one SKU."""

    sku: Sku
    quantity: Quantity


class Checkout(_Strict):
    """The body of `POST /orders`."""

    customer: Customer = Customer()
    lines: tuple[Line, ...] = Field(min_length=1, max_length=MOST_LINES)
    expected_total: ExpectedTotal
    payment_method: str = Field(pattern=r"^[A-Za-z0-9_-]{1,255}$")

    def quantities(self) -> dict[str, int]:
        """Answers how many pieces of each SKU are wanted, over all lines."""
        wanted: dict[str, int] = {}
        for line in self.lines:
            wanted[line.sku] = wanted.get(line.sku, 0) + line.quantity
        return wanted

    def of(self, customer: str) -> "Checkout":
        """Answers this checkout as a customer's."""
        owner = self.customer.model_copy(update={"reference": customer})
        return self.model_copy(update={"customer": owner})

    def fingerprint(self) -> str:
        """Answers what two bodies share exactly when they ask for the same."""
        canonical = json.dumps(self.model_dump(mode="json"), sort_keys=True, separators=(",", ":"))
        return hashlib.sha256(canonical.encode()).hexdigest()


class Product(Contract):
    """What orders knows of a product: a copy of what inventory last published."""

    sku: Sku
    name: str
    unit_price: Money
    version: int
    available_at_most: int | None = None


@dataclass(frozen=True)
class Priced:
    """The checkout at the catalogue's prices."""

    lines: tuple[OrderLine, ...]
    total: Money


@dataclass(frozen=True)
class UnknownSkus:
    """Some lines name products that nobody sells."""

    skus: tuple[str, ...]


@dataclass(frozen=True)
class TooMany:
    """More pieces, over all lines, than one order may hold, or than its total may be worth."""

    skus: tuple[str, ...]


@dataclass(frozen=True)
class OtherTotal:
    """The storefront showed another total than the catalogue's."""

    priced: Priced


@dataclass(frozen=True)
class KnownShortage:
    """Less is there than is wanted, as far as is known."""

    shortages: tuple[Shortage, ...]


@dataclass(frozen=True)
class OtherCurrency:
    """The products are not sold in the currency of the total that was sent."""

    currency: str


Appraisal = Priced | UnknownSkus | TooMany | OtherTotal | OtherCurrency | KnownShortage


def appraise(checkout: Checkout, catalogue: Mapping[str, Product]) -> Appraisal:
    """Answers the checkout priced, or why it can't be accepted."""
    wanted, currency = checkout.quantities(), checkout.expected_total.currency
    unknown = tuple(sku for sku in wanted if sku not in catalogue)
    if unknown:
        return UnknownSkus(unknown)
    excessive = tuple(sku for sku, quantity in wanted.items() if quantity > LARGEST_QUANTITY)
    if excessive:
        return TooMany(excessive)
    foreign = {catalogue[sku].unit_price.currency for sku in wanted} - {currency}
    if foreign:
        return OtherCurrency(min(foreign))
    amount = sum(catalogue[sku].unit_price.amount * q for sku, q in wanted.items())
    if amount > LARGEST_AMOUNT:
        return TooMany(tuple(wanted))
    priced = Priced(_lines(wanted, catalogue), Money(amount=amount, currency=currency))
    if priced.total.amount != checkout.expected_total.amount:
        return OtherTotal(priced)
    shortages = tuple(_shortages(wanted, catalogue))
    return KnownShortage(shortages) if shortages else priced


def _lines(wanted: Mapping[str, int], catalogue: Mapping[str, Product]) -> tuple[OrderLine, ...]:
    return tuple(
        OrderLine(sku=sku, quantity=quantity, unit_price=catalogue[sku].unit_price)
        for sku, quantity in wanted.items()
    )


def _shortages(wanted: Mapping[str, int], catalogue: Mapping[str, Product]) -> Iterator[Shortage]:
    for sku, quantity in wanted.items():
        most = catalogue[sku].available_at_most
        if most is not None and quantity > most:
            yield Shortage(sku=sku, requested=quantity, available=most)
