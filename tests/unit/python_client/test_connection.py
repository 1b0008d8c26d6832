"""The WebSocket that a client's followers share: it comes back, and nothing of it is left."""

import asyncio
from contextlib import aclosing

import pytest
from fake_order import STORY, FakeOrder
from fake_shop import FakeShop, Faults
from hurried import CHANNELS, HURRIED, client_of, followed, soon, until

from orderbus_client import Channel, ClosedError, Orderbus, Pace, TrackingRefused

pytestmark = pytest.mark.anyio


async def test_it_comes_back_after_every_cut(stage: FakeShop, shop: Orderbus) -> None:
    order = stage.place()
    following = asyncio.create_task(followed(shop, order, channels=("websocket",)))
    for _ in STORY:
        await until(lambda: stage.followers)
        await stage.cut()
        stage.advance(order)
    assert await following == order.story()
    assert stage.seen["connect"] == len(STORY) + 1


@pytest.mark.parametrize("code", ["busy", "internal", "unknown-order", "too-many"])
async def test_what_may_pass_is_soon_asked_for_again(stage: FakeShop, code: str) -> None:
    order = stage.place()
    error = {"type": "error", "transaction_id": order.transaction_id, "code": code, "detail": ""}
    stage.told.extend([error, error])
    pace = Pace(busy=0.02, first_pause=0.02)
    async with Orderbus(stage.api_url, stage.websocket_url, pace=pace) as shop:
        following = asyncio.create_task(followed(shop, order, channels=("websocket",)))
        await until(lambda: stage.seen["subscribe"] == 3, within=3)
        stage.advance(order, len(STORY))
        assert await following == order.story()


async def test_an_unknown_order_stays_unknown_in_the_end(stage: FakeShop, shop: Orderbus) -> None:
    order = stage.place()
    error = {"type": "error", "transaction_id": order.transaction_id, "code": "unknown-order"}
    stage.told.extend([error] * 1000)
    with pytest.raises(TrackingRefused, match="unknown-order"):
        await followed(shop, order, channels=("websocket",))


async def test_a_wrong_token_beside_the_right_one_harms_nobody(
    stage: FakeShop, shop: Orderbus
) -> None:
    order = stage.place()
    following = asyncio.create_task(followed(shop, order, channels=("websocket",)))
    await until(lambda: stage.followers)
    stage.advance(order)
    await until(lambda: stage.sent >= 2)
    with pytest.raises(TrackingRefused):
        await followed(shop, FakeOrder(order.transaction_id, "altered"), channels=("websocket",))
    stage.advance(order, len(STORY))
    assert await following == order.story()


async def test_one_websocket_serves_all_and_nothing_is_left_of_those_that_break_off(
    stage: FakeShop,
) -> None:
    before = asyncio.all_tasks()
    orders = [stage.place() for _ in range(10)]
    async with client_of(stage) as shop:
        trackings = [shop.track_order(order.transaction_id, order.token) for order in orders]
        first = [asyncio.create_task(soon(tracking)) for tracking in trackings]
        await until(lambda: len(stage.followers) == len(orders))
        for order in orders:
            stage.advance(order)
        assert [update["sequence"] for update in await asyncio.gather(*first)] == [1] * 10
        for tracking in trackings:
            await tracking.aclose()
        await until(lambda: not stage.followers)
        assert (stage.seen["connect"], len(stage.connections)) == (1, 1)
    await until(lambda: not stage.connections)
    await until(lambda: asyncio.all_tasks() <= before)


async def test_a_cancelled_reader_leaves_nothing(stage: FakeShop, shop: Orderbus) -> None:
    order = stage.place()
    following = asyncio.create_task(followed(shop, order))
    await until(lambda: stage.followers)
    following.cancel()
    with pytest.raises(asyncio.CancelledError):
        await following
    await until(lambda: not stage.followers)


@pytest.mark.parametrize("seed", range(6))
async def test_who_comes_back_at_once_is_followed_again(seed: int) -> None:
    # The gateway may work on a farewell and on the next subscription in either order.
    async with (
        FakeShop(seed, Faults(delay=0.02)) as stage,
        client_of(stage) as shop,
    ):
        order = stage.place()
        for last in range(len(STORY)):
            updates = shop.track_order(
                order.transaction_id, order.token, after=last, channels=("websocket",)
            )
            async with aclosing(updates), asyncio.timeout(5):
                following = asyncio.create_task(soon(updates))
                await until(lambda: stage.followers)
                await asyncio.sleep(0.03)  # longer than anything is under way
                stage.advance(order)
                assert (await following)["sequence"] == last + 1


async def test_two_follow_one_order_each_to_where_it_wants(stage: FakeShop, shop: Orderbus) -> None:
    order = stage.place()
    updates = shop.track_order(order.transaction_id, order.token)
    following = asyncio.create_task(followed(shop, order, channels=("websocket",)))
    async with aclosing(updates):
        stage.advance(order)
        assert (await soon(updates))["sequence"] == 1
    stage.advance(order, len(STORY))
    assert await following == order.story()


@pytest.mark.parametrize("channels", [CHANNELS, ("websocket",)], ids="+".join)
async def test_closing_the_client_ends_who_follows(
    stage: FakeShop, shop: Orderbus, channels: tuple[Channel, ...]
) -> None:
    order = stage.place()
    following = asyncio.create_task(followed(shop, order, channels=channels))
    await until(lambda: stage.followers)
    await shop.aclose()
    with pytest.raises(ClosedError):
        await following


async def test_a_connection_that_answers_no_ping_is_left(stage: FakeShop) -> None:
    order = stage.place()
    pace = Pace(ping=0.05, pong=0.05, first_pause=0.01, longest_pause=0.05)
    async with Orderbus(stage.api_url, stage.websocket_url, pace=pace) as shop:
        following = asyncio.create_task(followed(shop, order, channels=("websocket",)))
        await until(lambda: stage.seen["ping"] >= 3)
        assert stage.seen["connect"] == 1
        stage.answers_pings = False
        await until(lambda: stage.seen["connect"] >= 2)
        stage.answers_pings = True
        stage.advance(order, len(STORY))
        assert await following == order.story()


async def test_a_connection_that_serves_nobody_is_closed(stage: FakeShop) -> None:
    order = stage.place()
    stage.advance(order, len(STORY))
    async with Orderbus(stage.api_url, stage.websocket_url, pace=Pace(ping=0.1)) as shop:
        assert await followed(shop, order) == order.story()
        await until(lambda: not stage.connections)
        assert await followed(shop, order) == order.story()
    assert stage.seen["connect"] == 2


async def test_the_websocket_is_found_by_the_orders_links(stage: FakeShop) -> None:
    order = stage.place()
    async with Orderbus(stage.api_url, pace=HURRIED) as shop:
        following = asyncio.create_task(followed(shop, order))
        await until(lambda: stage.followers)
        stage.advance(order, len(STORY))
        assert await following == order.story()


async def test_without_its_address_nothing_pretends_to_follow(stage: FakeShop) -> None:
    async with Orderbus(stage.api_url, pace=HURRIED) as shop:
        with pytest.raises(ValueError, match="websocket_url"):
            await soon(shop.watch_product("SOLD-OUT"))
        with pytest.raises(ValueError, match="channels"):
            await soon(shop.track_order("…", "…", channels=()))
