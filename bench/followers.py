"""Shoppers who each follow one order over a WebSocket of their own, by raw frames alone."""

import asyncio
import contextlib
import itertools
import json
import time
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import WebSocketException

from orderbus_client import Cart, Orderbus, OrderbusError, Placed

PING_SECONDS = 240.0
BUSY_SECONDS = 1.0


@dataclass
class Seen:
    """What one follower has seen, in seconds where it is a time."""

    transaction_id: str = ""
    token: str = ""
    connect: float | None = None
    acknowledgement: float | None = None
    subscribe: float | None = None
    checkout_to_final: float | None = None
    sequences: list[int] = field(default_factory=list)
    event_to_frame: list[float] = field(default_factory=list)
    busy: int = 0
    final: bool = False
    error: str | None = None

    @property
    def backwards(self) -> int:
        """How many frames were older than the one before."""
        pairs = itertools.pairwise(self.sequences)
        return sum(later < sooner for sooner, later in pairs)

    @property
    def repeated(self) -> int:
        """How many frames told what the one before had told."""
        pairs = itertools.pairwise(self.sequences)
        return sum(later == sooner for sooner, later in pairs)


class Follower:
    """One shopper: connects, places an order, subscribes, reads on until cancelled."""

    def __init__(
        self, shop: Orderbus, websocket_url: str, cart: Cart, turn: asyncio.Semaphore
    ) -> None:
        self.seen = Seen()
        self.done = asyncio.Event()
        """The final update has come, or it will not."""
        self._shop = shop
        self._url = websocket_url
        self._cart = cart
        self._turn = turn
        self._placed_at = 0.0
        self._moments: set[str] = set()

    async def follow(self) -> None:
        """Stays connected, as a page does, until cancelled; what goes wrong is in `seen.error`."""
        try:
            async with contextlib.AsyncExitStack() as stack:
                async with self._turn:  # so many connect or are at the till at once
                    socket = await stack.enter_async_context(self._connect())
                    placed = await self._place()
                    first = await self._subscribe(socket, placed)
                self._note(first, answers_subscribe=True)
                while True:
                    self._note(await self._read(socket, placed), answers_subscribe=False)
        except (OSError, WebSocketException, OrderbusError) as error:
            self.seen.error = f"{type(error).__name__}: {error}"
        finally:
            self.done.set()

    @contextlib.asynccontextmanager
    async def _connect(self) -> AsyncIterator[ClientConnection]:
        asked = time.monotonic()
        async with connect(self._url, ping_interval=None, open_timeout=60) as socket:
            self.seen.connect = time.monotonic() - asked
            yield socket

    async def _place(self) -> Placed:
        self._placed_at = time.monotonic()
        placed = await self._shop.place_order(self._cart)
        self.seen.acknowledgement = time.monotonic() - self._placed_at
        self.seen.transaction_id, self.seen.token = placed.transaction_id, placed.tracking_token
        return placed

    async def _subscribe(self, socket: ClientConnection, placed: Placed) -> dict[str, Any]:
        """Answers the first update."""
        asked = time.monotonic()
        await self._ask(socket, placed)
        first = await self._read(socket, placed)
        self.seen.subscribe = time.monotonic() - asked
        return first

    async def _ask(self, socket: ClientConnection, placed: Placed) -> None:
        message = {"action": "subscribe", "transaction_id": placed.transaction_id, "after": 0}
        await socket.send(json.dumps({**message, "token": placed.tracking_token}))

    async def _read(self, socket: ClientConnection, placed: Placed) -> dict[str, Any]:
        """Answers the next update; subscribes again where the API was busy."""
        while True:
            try:
                message = await asyncio.wait_for(socket.recv(), PING_SECONDS)
            except TimeoutError:
                await socket.send('{"action": "ping"}')
                continue
            frame: dict[str, Any] = json.loads(message)
            if frame["type"] == "update":
                return dict(frame["update"])
            if frame.get("code") == "busy":
                self.seen.busy += 1
                await asyncio.sleep(BUSY_SECONDS)
                await self._ask(socket, placed)
            elif frame["type"] != "pong":
                raise OrderbusError(f"unexpected frame: {message!r}")

    def _note(self, update: dict[str, Any], *, answers_subscribe: bool) -> None:
        """Notes an update that arrives now, and the age of the newest event that it tells."""
        self.seen.sequences.append(update["sequence"])
        moments = {segment["at"] for segment in update["segments"].values() if segment.get("at")}
        fresh, self._moments = moments - self._moments, self._moments | moments
        # The answer to a subscription tells what happened before anybody listened.
        if fresh and not answers_subscribe:
            newest = max(map(datetime.fromisoformat, fresh))
            self.seen.event_to_frame.append((datetime.now(UTC) - newest).total_seconds())
        if update["final"] and not self.seen.final:
            self.seen.final = True
            self.seen.checkout_to_final = time.monotonic() - self._placed_at
            self.done.set()
