"""One WebSocket, shared by everything that a client follows; it comes back when it breaks."""

import asyncio
import contextlib
import logging
from collections.abc import Callable, Mapping

from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import WebSocketException

from orderbus_client import frames
from orderbus_client.errors import ClosedError, OrderbusError
from orderbus_client.frames import Frame, Topic
from orderbus_client.pacing import Pace
from orderbus_client.subscription import Subscription

log = logging.getLogger("orderbus_client")
# websockets logs whole frames at DEBUG, and a token is in the first of them.
_websocket_log = logging.getLogger("orderbus_client.websocket")
_websocket_log.setLevel(logging.INFO)


class Connection:
    """The connection of one client: there while somebody listens, or not yet."""

    def __init__(self, url: str | None, pace: Pace) -> None:
        self.url = url
        self._pace = pace
        self._subscriptions: list[Subscription] = []
        self._outbox: asyncio.Queue[str] | None = None
        self._pong = asyncio.Event()
        self._task: asyncio.Task[None] | None = None
        self._attempt = 0
        self._closed = False

    def subscribe(
        self, topic: Topic, details: Callable[[], Mapping[str, object]] = dict
    ) -> Subscription:
        """Answers a subscription that is kept through every reconnection until it is closed.

        `details` (the token, the last sequence) are asked for each time that it is sent.
        """
        if self._closed:
            raise ClosedError("The client is closed.")
        subscription = Subscription(self, topic, details, self._pace)
        self._subscriptions.append(subscription)
        if self._task is None or self._task.done():
            self._task = asyncio.create_task(self._run(), name="orderbus-websocket")
            self._task.add_done_callback(self._ended)
        self.ask(subscription)
        return subscription

    def ask(self, subscription: Subscription) -> None:
        """Sends a subscription if the connection is open, else it is sent once it is."""
        if self._outbox is not None:
            details = subscription.details()
            self._outbox.put_nowait(frames.subscribe(subscription.topic, details))
            subscription.asked()

    def leave(self, subscription: Subscription) -> None:
        """Forgets a subscription; the server is told with the last one of its topic."""
        if subscription in self._subscriptions:
            self._subscriptions.remove(subscription)
            if not self._of(subscription.topic):
                self._unsubscribe(subscription.topic)

    async def aclose(self) -> None:
        """Ends everything that waits for this connection, and the connection."""
        self._closed = True
        for subscription in self._subscriptions:
            subscription.failed(ClosedError("The client was closed."))
        if self._task is not None:
            self._task.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await self._task

    def _ended(self, task: asyncio.Task[None]) -> None:
        """Lets nobody wait for a task that broke."""
        if not task.cancelled() and (error := task.exception()) is not None:
            for subscription in self._subscriptions:
                subscription.failed(OrderbusError(f"The WebSocket broke: {error!r}"))

    def _of(self, topic: Topic) -> list[Subscription]:
        return [each for each in self._subscriptions if each.topic == topic]

    def _unsubscribe(self, topic: Topic) -> None:
        if self._outbox is not None:
            self._outbox.put_nowait(frames.unsubscribe(topic))

    async def _run(self) -> None:
        """Connects, and connects again, while there is a subscription."""
        while self._subscriptions:
            try:
                await self._connect_once()
            except (OSError, WebSocketException) as error:  # TimeoutError is an OSError
                log.info("No WebSocket: %s", type(error).__name__)
            for subscription in self._subscriptions:
                subscription.lost()
            pause = self._pace.backoff(self._attempt)
            self._attempt += 1
            await asyncio.sleep(pause)

    async def _connect_once(self) -> None:
        """Returns, or raises, when the connection is over."""
        if self.url is None:
            raise OSError("The address of the WebSocket is not known yet.")
        # Without the protocol's own pings: the gateway's idle time goes by messages.
        options = connect(self.url, ping_interval=None, close_timeout=2, logger=_websocket_log)
        async with options as socket:
            self._outbox = asyncio.Queue()
            for subscription in self._subscriptions:
                self.ask(subscription)
            try:
                async with asyncio.TaskGroup() as tasks:
                    workers = [
                        tasks.create_task(self._write(socket, self._outbox)),
                        tasks.create_task(self._keep_alive(socket, self._outbox)),
                    ]
                    await self._read(socket)
                    for worker in workers:
                        worker.cancel()
            finally:
                self._outbox = None

    async def _write(self, socket: ClientConnection, outbox: asyncio.Queue[str]) -> None:
        """Sends what is put into the outbox; the reader notices when the connection is over."""
        with contextlib.suppress(WebSocketException):
            while True:
                await socket.send(await outbox.get())

    async def _read(self, socket: ClientConnection) -> None:
        """Hands on what arrives until the connection is over, however it ends."""
        with contextlib.suppress(WebSocketException):
            async for message in socket:
                self._arrived(message)

    async def _keep_alive(self, socket: ClientConnection, outbox: asyncio.Queue[str]) -> None:
        """Keeps the connection while somebody listens and it answers; else closes it."""
        while True:
            await asyncio.sleep(self._pace.ping)
            if not self._subscriptions or not await self._answers_a_ping(outbox):
                await socket.close()
                return

    async def _answers_a_ping(self, outbox: asyncio.Queue[str]) -> bool:
        self._pong.clear()
        outbox.put_nowait(frames.PING)
        try:
            async with asyncio.timeout(self._pace.pong):
                await self._pong.wait()
        except TimeoutError:
            return False
        return True

    def _arrived(self, message: str | bytes) -> None:
        self._pong.set()  # any word shows that the other side lives
        frame = frames.read(message)
        if frame is None:
            return
        self._attempt = 0
        if frame.type == "unsubscribed":
            self._left(frame.topic)
        elif receivers := self._receivers(frame):
            for subscription in receivers:
                subscription.arrived(frame)
        elif frame.type != "error":
            self._unsubscribe(frame.topic)  # a farewell that was overtaken by its subscription

    def _left(self, topic: Topic) -> None:
        """Asks again for whoever came back meanwhile.

        The gateway may have worked on the farewell after the subscription that followed it.
        """
        for subscription in self._of(topic):
            self.ask(subscription)

    def _receivers(self, frame: Frame) -> list[Subscription]:
        """Answers whom a frame concerns: an error first of all those that wait for their first."""
        everybody = self._of(frame.topic)
        waiting = [each for each in everybody if not each.live]
        return waiting if frame.type == "error" and waiting else everybody
