"""Creates and changes products, as an operator asks."""

import re
from dataclasses import dataclass
from http import HTTPStatus
from typing import Any

from pydantic import BaseModel, ConfigDict, Field

from inventory.domain.product import Product, changed
from inventory.ports import Products
from shared.bus import Bus
from shared.clock import Clock
from shared.errors import ConflictError
from shared.events import Contract
from shared.events.orders import SKU_PATTERN, Sku
from shared.http import ProblemError, Request, Response, validated
from shared.money import Money

ATTEMPTS = 20
PAGE = 100
CURSOR = re.compile(SKU_PATTERN)


@dataclass(frozen=True)
class Deps:
    """What changing a product needs."""

    products: Products
    bus: Bus
    now: Clock


class SetProduct(BaseModel):
    """What an operator sends: the product as it is to be; `stock` is what is to be available."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    sku: Sku
    name: str = Field(min_length=1, max_length=200)
    unit_price: Money
    stock: int = Field(strict=True, ge=0, le=10**9)
    only_if_absent: bool = False


class Offer(Contract):
    """A product as shoppers see it; what they may count on is decided when they order."""

    sku: Sku
    name: str
    unit_price: Money
    available: int


class Page(Contract):
    """Some products; `next` is the `cursor` of the page that follows (null: that was all)."""

    products: tuple[Offer, ...]
    next: Sku | None


def set_product(document: dict[str, Any], deps: Deps) -> dict[str, Any]:
    """Creates or changes a product and tells the others; pieces on hold are not touched.

    Raises a ProblemError that names each wrong field.
    """
    wanted = validated(SetProduct, document)
    product, created = _keep(wanted, deps.products)
    deps.bus.publish([changed(product, deps.now())])
    deps.products.told(product)
    return {"sku": product.sku, "version": product.version, "created": created}


def _keep(wanted: SetProduct, products: Products) -> tuple[Product, bool]:
    fresh = Product(
        sku=wanted.sku, name=wanted.name, unit_price=wanted.unit_price, available=wanted.stock
    )
    fresh = fresh.model_copy(update={"announced_at_most": fresh.at_most})
    for _ in range(ATTEMPTS):
        existing = products.find([wanted.sku]).get(wanted.sku)
        if existing is None:
            if products.create(fresh):
                return fresh, True
            continue
        if wanted.only_if_absent:
            return existing, False
        update = {"name": fresh.name, "unit_price": fresh.unit_price, "available": fresh.available}
        product = existing.model_copy(update=update).announced()
        if products.change(product, previous=existing):
            return product, False
    raise ConflictError(f"{wanted.sku}: other writers were faster {ATTEMPTS} times")


def list_products(request: Request, products: Products) -> Response:
    """Answers a page of the catalogue with its stock."""
    found, following = products.page(_cursor(request), PAGE)
    page = Page(products=tuple(Offer(**dict(product)) for product in found), next=following)
    return Response(HTTPStatus.OK, page.model_dump(mode="json"))


def _cursor(request: Request) -> Sku | None:
    cursor = request.query.get("cursor") or None
    if cursor is None or CURSOR.fullmatch(cursor):
        return cursor
    raise ProblemError(HTTPStatus.BAD_REQUEST, "cursor", "Send `next` of the page before.")
