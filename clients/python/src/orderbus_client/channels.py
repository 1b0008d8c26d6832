"""Where the news of an order come from: the WebSocket, polling where that can't be relied upon."""

import asyncio
import time
from collections import deque
from dataclasses import dataclass

from orderbus_client.documents import Update
from orderbus_client.frames import Frame
from orderbus_client.http_api import BusyError, HttpApi
from orderbus_client.pacing import Pace
from orderbus_client.subscription import Subscription


@dataclass(frozen=True)
class Heard:
    """That an order has reached a sequence, and the update if it was told."""

    sequence: int
    update: Update | None

    @property
    def final(self) -> bool:
        """Whether nothing more is to be expected."""
        return self.update is not None and self.update["final"]


class Polling:
    """Polls of one order, never sooner than the API asks for."""

    def __init__(self, api: HttpApi, pace: Pace, transaction_id: str, token: str) -> None:
        self._api = api
        self._pace = pace
        self._id = transaction_id
        self._token = token
        self._etag: str | None = None
        self._not_before = 0.0
        self._failures = 0

    async def once(self, last: int, wait: int) -> Heard | None:
        """Answers the news of one poll, None when there are none or nobody answers."""
        await asyncio.sleep(max(0.0, self._not_before - time.monotonic()))
        try:
            polled = await self._api.poll(self._id, self._token, last, wait, self._etag)
        except BusyError as error:
            self._pause(max(self._pace.backoff(self._failures), error.retry_after or 0.0))
            self._failures += 1
            return None
        self._failures = 0
        asked_for = polled.retry_after
        self._pause(self._pace.shortest_poll if asked_for is None else asked_for)
        if polled.update is None:
            return None
        self._etag = polled.etag
        heard = Heard(polled.update["sequence"], polled.update)
        return heard if heard.sequence > last or heard.final else None

    def _pause(self, seconds: float) -> None:
        self._not_before = time.monotonic() + seconds


class Channels:
    """One order's channels, at least one of the two."""

    def __init__(
        self, subscription: Subscription | None, polling: Polling | None, pace: Pace, *, every: bool
    ) -> None:
        self._subscription = subscription
        self._polling = polling
        self._pace = pace
        self._every = every
        self._frames: deque[Frame] = deque()

    async def next(self, last: int) -> Heard:
        """Answers the next news for a reader who has everything up to `last`."""
        while True:
            if (told := self._told()) is not None:
                return told
            if (polled := await self._wait(last)) is not None:
                return polled

    def close(self) -> None:
        """Gives the order up."""
        if self._subscription is not None:
            self._subscription.close()

    def _told(self) -> Heard | None:
        """Answers what the WebSocket told, the newest where not every update is wanted."""
        if self._subscription is None:
            return None
        if not self._frames:
            self._frames.extend(self._subscription.take_all())
        if not self._frames:
            return None
        if self._every:
            return _heard(self._frames.popleft())
        newest = max(map(_heard, self._frames), key=lambda heard: heard.sequence)
        self._frames.clear()
        return newest

    async def _wait(self, last: int) -> Heard | None:
        """Returns when the WebSocket told something, or with what a poll brought."""
        waits: list[asyncio.Task[Heard | None]] = []
        if self._subscription is not None:
            waits.append(asyncio.create_task(_nothing_but(self._subscription)))
        if self._polling is not None:
            waits.append(asyncio.create_task(self._polled(self._polling, last)))
        try:
            await asyncio.wait(waits, return_when=asyncio.FIRST_COMPLETED)
            results = [task.result() for task in waits if task.done()]
        finally:
            for task in waits:
                task.cancel()
            await asyncio.gather(*waits, return_exceptions=True)
        return next((heard for heard in results if heard is not None), None)

    async def _polled(self, polling: Polling, last: int) -> Heard:
        """Answers the first news of a poll; polls only while the WebSocket is in doubt."""
        while True:
            live = False
            if self._subscription is not None:
                await self._subscription.in_doubt()
                live = self._subscription.live
            heard = await polling.once(last, 0 if live else self._pace.poll_wait)
            if self._subscription is not None:
                self._subscription.made_sure()
            if heard is not None:
                return heard


async def _nothing_but(subscription: Subscription) -> None:
    await subscription.something()


def _heard(frame: Frame) -> Heard:
    if frame.type == "update":
        update: Update = frame.body["update"]
        return Heard(update["sequence"], update)
    return Heard(int(frame.body.get("sequence", 0)), None)
