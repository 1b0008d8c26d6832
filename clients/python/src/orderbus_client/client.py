"""The client: one object for one stage."""

from collections.abc import AsyncGenerator, Callable, Mapping, Sequence
from contextlib import aclosing
from typing import Literal, Self

from orderbus_client.channels import Channels, Polling
from orderbus_client.connection import Connection
from orderbus_client.documents import (
    Cart,
    OperationEvent,
    Order,
    Placed,
    Product,
    ProductUpdate,
    Update,
)
from orderbus_client.frames import OPERATIONS, Frame, Topic
from orderbus_client.http_api import HttpApi
from orderbus_client.pacing import Pace
from orderbus_client.tracking import Tracking

Channel = Literal["websocket", "polling"]
CHANNELS: tuple[Channel, ...] = ("websocket", "polling")


class Orderbus:
    """A shop on Orderbus; close it, or use it as a context, so that nothing of it stays open.

    The WebSocket's address comes with every accepted checkout; give it to follow products or
    operations before one.
    """

    def __init__(
        self, api_url: str, websocket_url: str | None = None, *, pace: Pace | None = None
    ) -> None:
        self._pace = pace or Pace()
        self._api = HttpApi(api_url, self._pace)
        self._connection = Connection(websocket_url, self._pace)

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_exception: object) -> None:
        await self.aclose()

    async def aclose(self) -> None:
        """Ends every tracking with `ClosedError` and closes every connection."""
        await self._connection.aclose()
        await self._api.aclose()

    async def products(self) -> list[Product]:
        """Answers the catalogue."""
        return await self._api.products()

    async def place_order(
        self, cart: Cart, *, idempotency_key: str | None = None, token: str | None = None
    ) -> Placed:
        """Places an order, once: every retry carries the same key, a random one unless given.

        `token` is a signed-in shopper's JWT. Raises `OrderRefused` or, when nobody answered for
        `pace.patience` seconds, `UnreachableError` with the key.
        """
        placed = await self._api.place(cart, idempotency_key, token)
        self._connection.url = self._connection.url or placed.links.get("websocket")
        return placed

    async def get_order(self, transaction_id: str, token: str) -> Order:
        """Answers the order as the orders service keeps it."""
        return await self._api.order(transaction_id, token)

    async def cancel_order(self, transaction_id: str, token: str) -> Order:
        """Calls an order off; `OrderRefused` with code `too-late` once it is decided."""
        return await self._api.cancel(transaction_id, token)

    async def track_order(
        self,
        transaction_id: str,
        token: str,
        *,
        after: int = 0,
        channels: Sequence[Channel] = CHANNELS,
        every: bool = True,
    ) -> AsyncGenerator[Update, None]:
        """Yields what becomes of an order after sequence `after`, and ends after the final update.

        Every step comes once and in order, on whichever channel works; with `every=False` only the
        newest comes, never an older one. Raises `TrackingRefused` when the token opens nothing
        (any more); otherwise it goes on until it is closed. Whoever breaks off says so with
        `contextlib.aclosing`, or leaves it to the garbage collector.
        """
        if not channels or set(channels) - set(CHANNELS):
            raise ValueError(f"channels are {CHANNELS}, at least one of them")
        tracking = Tracking(self._api, self._pace, transaction_id, token, after=after)
        subscription = None
        if "websocket" in channels and await self._finds_websocket(transaction_id, token):
            topic = ("transaction_id", transaction_id)
            subscription = self._connection.subscribe(topic, tracking.details)
        elif "polling" not in channels:
            raise _no_address()
        polling = None
        if "polling" in channels:
            polling = Polling(self._api, self._pace, transaction_id, token)
        open_channels = Channels(subscription, polling, self._pace, every=every)
        try:
            async with aclosing(tracking.updates(open_channels, every=every)) as updates:
                async for update in updates:
                    yield update
        finally:
            open_channels.close()

    async def watch_product(self, sku: str) -> AsyncGenerator[ProductUpdate, None]:
        """Yields a product as it stands, if it was ever announced, and then as it changes."""
        last = 0
        async with aclosing(self._frames(("product", sku))) as frames:
            async for frame in frames:
                product: ProductUpdate = frame.body["product"]
                if product["version"] > last:
                    last = product["version"]
                    yield product

    async def operations(
        self, token: str | None = None
    ) -> AsyncGenerator[list[OperationEvent], None]:
        """Yields the events of all orders in batches; what happens while it reconnects is missed.

        `token` is an operator's JWT; on the local stack none is needed.
        """
        details = {"token": token} if token else {}
        async with aclosing(self._frames(OPERATIONS, lambda: details)) as frames:
            async for frame in frames:
                if frame.type == "events":
                    yield frame.body["events"]

    async def _frames(
        self, topic: Topic, details: Callable[[], Mapping[str, object]] = dict
    ) -> AsyncGenerator[Frame, None]:
        if self._connection.url is None:
            raise _no_address()
        subscription = self._connection.subscribe(topic, details)
        try:
            while True:
                for frame in subscription.take_all():
                    yield frame
                await subscription.something()
        finally:
            subscription.close()

    async def _finds_websocket(self, transaction_id: str, token: str) -> bool:
        if self._connection.url is None:
            self._connection.url = await self._api.websocket_url(transaction_id, token)
        return self._connection.url is not None


def _no_address() -> ValueError:
    return ValueError("websocket_url is not known: give it to Orderbus(...), or place an order")
