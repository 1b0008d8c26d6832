"""What one follower is told over the shared WebSocket, and whether it can rely on that."""

import asyncio
import contextlib
import time
from collections import deque
from collections.abc import Callable, Mapping
from typing import Protocol

from orderbus_client.errors import TrackingRefused
from orderbus_client.frames import Frame, Topic
from orderbus_client.pacing import Pace

MOST_KEPT = 1000
"""Frames kept for a slow reader. What is dropped of an order is fetched; of a product, outdated."""

ASK_AGAIN = {"busy", "internal", "unknown-order", "too-many"}
"""Errors that may pass: nothing is known of the order *yet*, another one may be given up."""

MOST_TRIES = 8
"""After so many an unknown order stays unknown."""


class _Link(Protocol):
    def ask(self, subscription: "Subscription") -> None: ...

    def leave(self, subscription: "Subscription") -> None: ...


class Subscription:
    """A place where frames about one topic arrive."""

    def __init__(
        self,
        link: _Link,
        topic: Topic,
        details: Callable[[], Mapping[str, object]],
        pace: Pace,
    ) -> None:
        self.topic = topic
        self.details = details
        self.live = False
        """Whether the server has answered on the connection that is open."""
        self._link = link
        self._pace = pace
        self._frames: deque[Frame] = deque(maxlen=MOST_KEPT)
        self._failure: Exception | None = None
        self._something = asyncio.Event()
        self._trusted_until = time.monotonic() + pace.grace
        self._trust_moved = asyncio.Event()
        self._asking: asyncio.TimerHandle | None = None
        self._tries = 0

    def take_all(self) -> list[Frame]:
        """Answers the frames that arrived since; raises once there is no hope of more."""
        taken = list(self._frames)
        self._frames.clear()
        if not taken and self._failure is not None:
            raise self._failure
        if self._failure is None:
            self._something.clear()
        return taken

    async def something(self) -> None:
        """Returns when `take_all` has something to say."""
        await self._something.wait()

    async def in_doubt(self) -> None:
        """Returns when the WebSocket alone is not to be relied upon: down, unanswered, or quiet."""
        while (rest := self._trusted_until - time.monotonic()) > 0:
            self._trust_moved.clear()
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(rest):
                    await self._trust_moved.wait()

    def made_sure(self) -> None:
        """Notes that a poll has just told the newest."""
        if self.live:
            self._trust_for(self._pace.quiet)

    def close(self) -> None:
        """Gives the topic up."""
        self._stop_asking()
        self._link.leave(self)

    # What the connection says:

    def asked(self) -> None:
        """Notes that the subscription is sent; it is sent again if nobody answers."""
        self._ask_in(self._pace.confirm + self._pace.backoff(self._tries))
        self._tries += 1

    def arrived(self, frame: Frame) -> None:
        """Keeps a frame for the reader."""
        if frame.type == "error":
            self._refused(str(frame.body.get("code")), frame.body.get("reason"))
            return
        self._stop_asking()
        self._tries = 0
        self.live = True
        self._trust_for(self._pace.quiet)
        self._frames.append(frame)
        self._something.set()

    def lost(self) -> None:
        """Notes that the connection is gone, or did not come about."""
        self._stop_asking()
        self._trust_for(self._pace.grace if self.live else 0.0)
        self.live = False

    def failed(self, failure: Exception) -> None:
        """Notes that no more frames will come."""
        self._stop_asking()
        self._failure = failure
        self._something.set()

    def _refused(self, code: str, reason: object) -> None:
        if code not in ASK_AGAIN or (code == "unknown-order" and self._tries > MOST_TRIES):
            self.failed(TrackingRefused(code, None if reason is None else str(reason)))
            return
        self.live = False
        self._trust_for(0.0)
        self._ask_in(self._pace.busy + self._pace.backoff(self._tries))
        self._tries += 1

    def _trust_for(self, seconds: float) -> None:
        self._trusted_until = time.monotonic() + seconds
        self._trust_moved.set()

    def _ask_in(self, seconds: float) -> None:
        self._stop_asking()
        loop = asyncio.get_running_loop()
        self._asking = loop.call_later(seconds, self._link.ask, self)

    def _stop_asking(self) -> None:
        if self._asking is not None:
            self._asking.cancel()
            self._asking = None
