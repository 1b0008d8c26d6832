"""Following products and, for operators, all that happens."""

import asyncio
from contextlib import aclosing
from typing import Any

import pytest
from fake_shop import FakeShop
from hurried import soon, until

from orderbus_client import Orderbus, TrackingRefused

pytestmark = pytest.mark.anyio


def told(version: int, *, in_stock: bool = False) -> dict[str, Any]:
    """Answers the frame that tells a product."""
    money = {"amount": 2000, "currency": "EUR"}
    product = {"sku": "SOLD-OUT", "version": version, "name": "Sold out", "unit_price": money}
    stock = {"available_at_most": None if in_stock else 0, "in_stock": in_stock}
    return {"type": "product", "product": product | stock}


async def test_a_product_is_told_as_it_stands_and_as_it_changes(
    stage: FakeShop, shop: Orderbus
) -> None:
    stage.told.append(told(3))
    products = shop.watch_product("SOLD-OUT")
    async with aclosing(products):
        assert await soon(products) == told(3)["product"]
        for frame in (told(3), told(2), told(5, in_stock=True), told(4)):
            stage.tell("SOLD-OUT", frame)
        back = await soon(products)
        assert (back["version"], back["in_stock"]) == (5, True)
        waiting = asyncio.create_task(soon(products))
        await stage.cut()
        stage.told.append(told(5, in_stock=True))
        await until(lambda: stage.followers)
        stage.tell("SOLD-OUT", told(6))
        assert (await waiting)["version"] == 6
    await until(lambda: not stage.followers)


async def test_operators_are_told_every_event(stage: FakeShop, shop: Orderbus) -> None:
    batches = [[{"event_id": "1"}, {"event_id": "2"}], [{"event_id": "3"}]]
    stage.told.append({"type": "subscribed", "operations": True})
    operations = shop.operations()
    async with aclosing(operations):
        waiting = asyncio.create_task(soon(operations))
        await until(lambda: stage.followers)
        for events in batches:
            stage.tell("operations", {"type": "events", "events": events})
        assert [await waiting, await soon(operations)] == batches
    await until(lambda: not stage.followers)


async def test_who_is_no_operator_is_refused(stage: FakeShop, shop: Orderbus) -> None:
    refused = {"type": "error", "operations": True, "code": "invalid-token", "reason": "expired"}
    stage.told.append(refused)
    with pytest.raises(TrackingRefused, match=r"invalid-token \(expired\)"):
        await soon(shop.operations("a token"))
