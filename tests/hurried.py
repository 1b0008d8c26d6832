"""A client in a hurry, and waiting for what happens on the other side."""

import asyncio
from collections.abc import AsyncIterator, Callable, Sequence
from typing import TypeVar

from fake_order import FakeOrder
from fake_shop import FakeShop

from orderbus_client import Channel, Orderbus, Pace, Update

T = TypeVar("T")
CHANNELS: tuple[Channel, ...] = ("websocket", "polling")
HURRIED = Pace(
    patience=20,
    first_pause=0.005,
    longest_pause=0.05,
    poll_wait=1,
    shortest_poll=0.01,
    grace=0.05,
    quiet=0.3,
    confirm=0.2,
    busy=0.02,
    ping=30,
    pong=0.2,
)


async def until(holds: Callable[[], object], *, within: float = 10) -> None:
    """Returns once a condition (a function) holds."""
    async with asyncio.timeout(within):
        while not holds():  # noqa: ASYNC110 -- what holds is on the other side of a socket
            await asyncio.sleep(0.005)


async def soon(things: AsyncIterator[T], *, within: float = 10) -> T:
    """Answers the next thing; a test must not wait for ever for one that does not come."""
    async with asyncio.timeout(within):
        return await anext(things)


def client_of(stage: FakeShop) -> Orderbus:
    """Answers a client in a hurry of its own."""
    return Orderbus(stage.api_url, stage.websocket_url, pace=HURRIED)


async def followed(
    shop: Orderbus,
    order: FakeOrder,
    *,
    after: int = 0,
    channels: Sequence[Channel] = CHANNELS,
    every: bool = True,
) -> list[Update]:
    """Answers all that a reader is told to the end."""
    async with asyncio.timeout(20):
        updates = shop.track_order(
            order.transaction_id, order.token, after=after, channels=channels, every=every
        )
        return [update async for update in updates]
