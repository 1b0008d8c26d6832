"""Placing an order is one order, whatever becomes of the answers."""

from itertools import pairwise
from typing import Any
from uuid import UUID

import pytest
from fake_shop import CATALOGUE, FakeShop

from orderbus_client import ClosedError, Orderbus, OrderRefused, Pace, UnreachableError

pytestmark = pytest.mark.anyio
CART: Any = {
    "lines": [{"sku": "SKU-1", "quantity": 1}],
    "expected_total": {"amount": 100, "currency": "EUR"},
    "payment_method": "pm_sandbox_approve",
}


async def test_lost_answers_and_their_retries_are_one_order(
    stage: FakeShop, shop: Orderbus
) -> None:
    stage.http_faults.extend(["lost", "lost", "500", "503", "429", "lost"])
    placed = await shop.place_order(CART)
    assert list(stage.orders) == [placed.transaction_id]
    assert stage.seen["checkout"] == 4  # three whose answer was lost, and the last
    assert stage.orders[placed.transaction_id].token == placed.tracking_token


async def test_every_order_has_a_random_key_of_its_own(stage: FakeShop, shop: Orderbus) -> None:
    placed = [await shop.place_order(CART) for _ in range(3)]
    assert set(stage.keys) == {each.idempotency_key for each in placed}
    assert len({each.transaction_id for each in placed}) == 3
    assert {UUID(each.idempotency_key).version for each in placed} == {4}


async def test_a_given_key_finds_the_order_again(stage: FakeShop, shop: Orderbus) -> None:
    first = await shop.place_order(CART, idempotency_key="the key of a queue's message")
    again = await shop.place_order(CART, idempotency_key="the key of a queue's message")
    assert again == first
    assert len(stage.orders) == 1


async def test_a_retry_waits_for_as_long_as_the_api_asks(stage: FakeShop, shop: Orderbus) -> None:
    stage.http_faults.append("503")
    stage.retry_after = "1"
    await shop.place_order(CART)
    assert [later - sooner >= 1 for sooner, later in pairwise(stage.moments)] == [True]


async def test_a_refusal_is_not_repeated(stage: FakeShop, shop: Orderbus) -> None:
    problem = {"type": "urn:orderbus:problem:shortage", "status": 409, "detail": "Too few."}
    stage.refusal = (409, problem)
    with pytest.raises(OrderRefused, match=r"409 shortage: Too few\.") as refused:
        await shop.place_order(CART)
    assert (refused.value.status, refused.value.problem, refused.value.code) == (
        409,
        problem,
        "shortage",
    )
    assert stage.seen["checkout"] == 1


async def test_who_gives_up_is_told_the_key_to_come_back_with(stage: FakeShop) -> None:
    stage.http_faults.extend(["lost"] * 1000)
    async with Orderbus(stage.api_url, pace=Pace(patience=0.1, first_pause=0.02)) as shop:
        with pytest.raises(UnreachableError) as given_up:
            await shop.place_order(CART)
    assert list(stage.keys) == [given_up.value.idempotency_key]
    assert stage.seen["checkout"] > 1


async def test_the_whole_catalogue_is_answered(shop: Orderbus) -> None:
    assert await shop.products() == CATALOGUE


async def test_an_order_is_read_and_called_off_with_its_token(
    stage: FakeShop, shop: Orderbus
) -> None:
    order = stage.place()
    assert (await shop.get_order(order.transaction_id, order.token))["status"] == "PENDING"
    stage.http_faults.append("lost")
    await shop.cancel_order(order.transaction_id, order.token)
    stage.advance(order)
    with pytest.raises(OrderRefused) as refused:
        await shop.cancel_order(order.transaction_id, order.token)
    assert refused.value.code == "too-late"
    with pytest.raises(OrderRefused):
        await shop.get_order(order.transaction_id, "another token")


async def test_a_closed_client_says_so(shop: Orderbus) -> None:
    await shop.aclose()
    with pytest.raises(ClosedError):
        await shop.products()
