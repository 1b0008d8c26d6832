"""Following an order: every step once and in order, on whichever channel works."""

import asyncio
from contextlib import aclosing

import pytest
from fake_order import STORY, FakeOrder
from fake_shop import FakeShop, Faults
from hurried import CHANNELS, client_of, followed, soon, until

from orderbus_client import Channel, Orderbus, Pace, TrackingRefused

pytestmark = pytest.mark.anyio
EVERYTHING = Faults(
    cut=0.15, lose=0.1, coalesce=0.2, duplicate=0.3, changed=0.2, delay=0.03, http=0.25, muddled=0.5
)


@pytest.mark.parametrize("channels", [CHANNELS, ("websocket",), ("polling",)], ids="+".join)
async def test_every_step_comes_once_and_in_order(
    stage: FakeShop, shop: Orderbus, channels: tuple[Channel, ...]
) -> None:
    order = stage.place()
    following = asyncio.create_task(followed(shop, order, channels=channels))
    await stage.let_all_happen(order, every=0.02)
    assert await following == order.story()


@pytest.mark.parametrize("channels", [CHANNELS, ("websocket",), ("polling",)], ids="+".join)
@pytest.mark.parametrize("seed", range(8))
async def test_whatever_goes_wrong_every_step_comes_once_and_in_order(
    seed: int, channels: tuple[Channel, ...]
) -> None:
    # Who follows on the WebSocket alone has nothing to find a lost frame by.
    faults = Faults(**{**vars(EVERYTHING), "lose": EVERYTHING.lose * ("polling" in channels)})
    async with FakeShop(seed, faults) as stage:
        orders = [stage.place() for _ in range(8)]
        async with client_of(stage) as shop, asyncio.TaskGroup() as tasks:
            following = [
                tasks.create_task(followed(shop, order, channels=channels)) for order in orders
            ]
            await stage.let_all_happen(*orders, every=0.02)
        assert [task.result() for task in following] == [order.story() for order in orders]


@pytest.mark.parametrize("seed", range(8))
async def test_whatever_goes_wrong_the_newest_never_goes_backwards(seed: int) -> None:
    async with FakeShop(seed, EVERYTHING) as stage:
        orders = [stage.place() for _ in range(4)]
        async with client_of(stage) as shop, asyncio.TaskGroup() as tasks:
            following = [tasks.create_task(followed(shop, order, every=False)) for order in orders]
            await stage.let_all_happen(*orders, every=0.01)
        for order, task in zip(orders, following, strict=True):
            sequences = [update["sequence"] for update in task.result()]
            assert sequences == sorted(set(sequences))
            assert sequences[-1] == len(STORY)
            befores = [0, *sequences[:-1]]
            expected = map(order.at, sequences, befores)
            assert task.result() == list(expected)


async def test_a_slow_reader_is_told_the_newest_alone(stage: FakeShop, shop: Orderbus) -> None:
    order = stage.place()
    updates = shop.track_order(
        order.transaction_id, order.token, channels=("websocket",), every=False
    )
    async with aclosing(updates):
        stage.advance(order)
        assert (await soon(updates))["sequence"] == 1
        stage.advance(order, len(STORY))
        await until(lambda: stage.sent == 2)
        for sequence in (5, 4):  # after the final one, which no server should do
            frame = {"type": "update", "update": order.at(sequence, 0)}
            stage.tell(order.transaction_id, frame)
        await until(lambda: stage.sent == 4)
        await asyncio.sleep(0.05)  # for what was sent to be taken in by the client
        assert await soon(updates) == order.at(len(STORY), 1)
        with pytest.raises(StopAsyncIteration):
            await soon(updates)


async def test_a_reader_goes_on_where_it_was(stage: FakeShop, shop: Orderbus) -> None:
    order = stage.place()
    stage.advance(order, len(STORY))
    assert await followed(shop, order, after=4) == order.story(4)


@pytest.mark.parametrize("channels", [CHANNELS, ("polling",)], ids="+".join)
async def test_who_has_the_final_update_waits_for_nothing(
    stage: FakeShop, shop: Orderbus, channels: tuple[Channel, ...]
) -> None:
    order = stage.place()
    stage.advance(order, len(STORY))
    assert await followed(shop, order, after=len(STORY), channels=channels) == []


async def test_it_polls_while_there_is_no_websocket_and_goes_back(
    stage: FakeShop, shop: Orderbus
) -> None:
    order = stage.place()
    stage.websocket_up = False
    updates = shop.track_order(order.transaction_id, order.token)
    async with aclosing(updates):
        stage.advance(order)
        assert (await soon(updates))["sequence"] == 1
        assert stage.seen["updates"]
        stage.websocket_up = True
        following = asyncio.create_task(soon(updates))
        await until(lambda: stage.followers)
        stage.advance(order)
        assert (await following)["sequence"] == 2
        polled = stage.seen["updates"]
        for sequence in range(3, len(STORY)):
            stage.advance(order)
            assert (await soon(updates))["sequence"] == sequence
        assert stage.seen["updates"] == polled


async def test_it_polls_soon_after_the_websocket_broke(stage: FakeShop) -> None:
    order = stage.place()
    pace = Pace(grace=0.05, quiet=60, first_pause=0.01, longest_pause=0.1)
    async with Orderbus(stage.api_url, stage.websocket_url, pace=pace) as shop:
        updates = shop.track_order(order.transaction_id, order.token)
        async with aclosing(updates), asyncio.timeout(10):
            stage.advance(order)
            await soon(updates)
            stage.websocket_up = False
            await stage.cut()
            stage.advance(order)
            assert (await soon(updates))["sequence"] == 2


async def test_a_poll_names_what_it_has(stage: FakeShop, shop: Orderbus) -> None:
    order = stage.place()
    following = asyncio.create_task(followed(shop, order, channels=("polling",)))
    stage.advance(order)
    await until(lambda: stage.seen["304"] == 2)
    assert stage.moments[2] - stage.moments[1] > 0.9  # the API held the poll for a second
    stage.advance(order, len(STORY))
    assert await following == order.story()


async def test_a_silent_loss_is_found_by_a_poll(stage: FakeShop, shop: Orderbus) -> None:
    order = stage.place()
    following = asyncio.create_task(followed(shop, order))
    await until(lambda: stage.followers)
    stage.faults.lose = 1.0
    stage.advance(order, len(STORY))
    assert await following == order.story()
    assert stage.seen["connect"] == 1


async def test_what_is_too_large_for_a_frame_is_fetched(stage: FakeShop, shop: Orderbus) -> None:
    stage.faults.changed = 1.0
    order = stage.place()
    following = asyncio.create_task(followed(shop, order, channels=("websocket",)))
    newest = asyncio.create_task(followed(shop, order, channels=("websocket",), every=False))
    await stage.let_all_happen(order, every=0.05)
    assert await following == order.story()
    assert (await newest)[-1]["final"]


@pytest.mark.parametrize(
    ("channels", "reason"), [(("websocket",), "altered"), (("polling",), None)]
)
async def test_a_token_that_opens_nothing_is_refused(
    stage: FakeShop, shop: Orderbus, channels: tuple[Channel, ...], reason: str | None
) -> None:
    order = stage.place()
    with pytest.raises(TrackingRefused) as refused:
        await followed(shop, FakeOrder(order.transaction_id, "altered"), channels=channels)
    assert (refused.value.code, refused.value.reason) == ("invalid-token", reason)


async def test_no_token_is_in_any_address(stage: FakeShop, shop: Orderbus) -> None:
    order = stage.place()
    following = asyncio.create_task(followed(shop, order))
    await until(lambda: stage.followers)
    stage.websocket_up = False
    await stage.cut()
    stage.advance(order, 3)
    await until(lambda: stage.seen["updates"] and stage.seen["steps"])
    stage.advance(order, len(STORY))
    await following
    assert stage.addresses
    assert not [address for address in stage.addresses if order.token in address]
