"""The contract of docs/following.md in one process, on real sockets, with every fault on demand."""

import asyncio
import json
import random
from collections import Counter, deque
from collections.abc import Coroutine
from contextlib import AsyncExitStack, suppress
from dataclasses import dataclass
from typing import Any, Self
from uuid import uuid4

from fake_order import STORY, FakeOrder
from fake_shop_http import Answer, HttpServer, Request
from websockets.asyncio.server import ServerConnection, serve
from websockets.exceptions import ConnectionClosed

PAGE = 3
"""Steps and products on a page: few, so that there are several."""

CATALOGUE = [
    {"sku": f"SKU-{n}", "name": f"Thing {n}", "available": n}
    | {"unit_price": {"amount": 100 * n, "currency": "EUR"}}
    for n in range(1, 8)
]


@dataclass
class Faults:
    """How often each thing goes wrong (0 to 1), and for how long frames are under way."""

    cut: float = 0.0
    """Instead of a frame the connection breaks."""
    lose: float = 0.0
    """A frame vanishes while its connection stays."""
    coalesce: float = 0.0
    """A step is told with the next one (the last one never waits)."""
    duplicate: float = 0.0
    changed: float = 0.0
    """A frame says only that there is something to fetch."""
    delay: float = 0.0
    """The most seconds that a frame takes, either way: frames overtake one another."""
    http: float = 0.0
    """An answer is lost, or one that asks to come back."""
    muddled: float = 0.0
    """A page of steps comes in another order, one of them twice, one not at all."""


class FakeShop:
    """A stage on two ports of this machine."""

    def __init__(self, seed: int = 0, faults: Faults | None = None) -> None:
        self.faults = faults or Faults()
        self.orders: dict[str, FakeOrder] = {}
        self.keys: dict[str, str] = {}
        self.refusal: tuple[int, dict[str, Any]] | None = None
        """What every checkout is answered, if anything but 202."""
        self.http_faults: deque[str] = deque()
        """What goes wrong with the next requests: `lost`, or a status like `503`."""
        self.told: deque[dict[str, Any]] = deque()
        """Frames that the next subscriptions are answered instead of their update."""
        self.websocket_up = True
        self.answers_pings = True
        self.goes_on = False
        """Whether an order goes on by itself once it is placed."""
        self.retry_after = "0"
        self.sent = 0
        """Updates that were sent over WebSockets."""
        self.seen: Counter[str] = Counter()
        """Requests and messages by what they ask for."""
        self.addresses: list[str] = []
        self.moments: list[float] = []
        self.followers: dict[tuple[ServerConnection, str], int] = {}
        self.connections: set[ServerConnection] = set()
        self._random = random.Random(seed)  # noqa: S311 -- which faults happen
        self._tasks: set[asyncio.Task[None]] = set()
        self._stack = AsyncExitStack()

    async def __aenter__(self) -> Self:
        http = await self._stack.enter_async_context(HttpServer(self._answer))
        server = await self._stack.enter_async_context(serve(self._follow, "127.0.0.1", 0))
        self.api_url = f"http://127.0.0.1:{http.port}"
        self.websocket_url = f"ws://127.0.0.1:{server.sockets[0].getsockname()[1]}"
        return self

    async def __aexit__(self, *_exception: object) -> None:
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        await self._stack.aclose()

    def place(self) -> FakeOrder:
        """Answers a new order of which nothing was heard yet."""
        order = FakeOrder(str(uuid4()), f"token-{uuid4()}")
        self.orders[order.transaction_id] = order
        return order

    def advance(self, order: FakeOrder, steps: int = 1) -> None:
        """Lets so many steps of an order happen."""
        order.advance(steps)
        for (connection, topic), after in list(self.followers.items()):
            if topic == order.transaction_id and not self._happens(
                self.faults.coalesce * (order.reached < len(STORY))
            ):
                self._start(self._push(connection, order, after))

    def tell(self, topic: str, frame: dict[str, Any]) -> None:
        """Sends a frame to everybody who follows a topic."""
        for connection, followed in list(self.followers):
            if followed == topic:
                self._start(self._send(connection, frame))

    async def let_all_happen(self, *orders: FakeOrder, every: float) -> None:
        """Lets every order come to its end, with pauses of up to so many seconds."""
        while any(order.reached < len(STORY) for order in orders):
            self.advance(self._random.choice(orders), self._random.choice((1, 1, 2, 3)))
            await asyncio.sleep(self._random.uniform(0, every))

    async def cut(self) -> None:
        """Breaks every WebSocket."""
        for connection in list(self.connections):
            connection.transport.abort()
            await connection.wait_closed()

    # WebSocket

    async def _follow(self, connection: ServerConnection) -> None:
        self.addresses.append(connection.request.path if connection.request else "")
        self.seen["connect"] += 1
        if not self.websocket_up:
            connection.transport.abort()
            return
        self.connections.add(connection)
        try:
            async for message in connection:
                work = self._message(connection, json.loads(message))
                if self.faults.delay:
                    self._start(work)
                else:
                    await work
        except ConnectionClosed:
            pass
        finally:
            self.connections.discard(connection)
            for key in [each for each in self.followers if each[0] is connection]:
                del self.followers[key]

    async def _message(self, connection: ServerConnection, message: dict[str, Any]) -> None:
        self.seen[message["action"]] += 1
        await asyncio.sleep(self._random.uniform(0, self.faults.delay))
        match message:
            case {"action": "ping"} if self.answers_pings:
                await self._send(connection, {"type": "pong"})
            case {"action": "subscribe", "transaction_id": name}:
                await self._subscribe(connection, name, message)
            case {"action": "subscribe"}:
                self.followers[connection, str(message.get("product", "operations"))] = 0
                if self.told:
                    await self._send(connection, self.told.popleft())
            case {"action": "unsubscribe", **named}:
                topic = str(named.get("transaction_id") or named.get("product") or "operations")
                self.followers.pop((connection, topic), None)
                await self._send(connection, {"type": "unsubscribed", **named})

    async def _subscribe(
        self, connection: ServerConnection, name: str, message: dict[str, Any]
    ) -> None:
        if self.told:
            await self._send(connection, self.told.popleft())
            return
        order = self.orders[name]
        if message["token"] != order.token:
            error = {"code": "invalid-token", "reason": "altered", "detail": "…"}
            await self._send(connection, {"type": "error", "transaction_id": name, **error})
            return
        self.followers[connection, name] = message["after"]
        await self._push(connection, order, message["after"])

    async def _push(self, connection: ServerConnection, order: FakeOrder, after: int) -> None:
        update = order.at(order.reached, after)
        await asyncio.sleep(self._random.uniform(0, self.faults.delay))
        if self._happens(self.faults.cut):
            connection.transport.abort()
            return
        if self._happens(self.faults.lose):
            return
        frame: dict[str, Any] = {"type": "update", "update": update}
        if self._happens(self.faults.changed):
            frame = {"type": "changed"} | {
                key: update[key] for key in ("transaction_id", "sequence")
            }
        for _ in range(2 if self._happens(self.faults.duplicate) else 1):
            await self._send(connection, frame)

    async def _send(self, connection: ServerConnection, frame: dict[str, Any]) -> None:
        try:
            await connection.send(json.dumps(frame))
            self.sent += frame["type"] in ("update", "changed")
        except ConnectionClosed:
            pass

    # HTTP

    async def _answer(self, request: Request) -> Answer | None:
        self.addresses.append(request.target)
        self.moments.append(asyncio.get_running_loop().time())
        fault = self._http_fault()
        if fault not in ("", "lost"):
            self.seen[fault] += 1
            return Answer(int(fault), {"message": None}, {"retry-after": self.retry_after})
        answer = await self._route(request)
        return None if fault == "lost" else answer

    def _http_fault(self) -> str:
        if self.http_faults:
            return self.http_faults.popleft()
        return (
            self._random.choice(("lost", "500", "503")) if self._happens(self.faults.http) else ""
        )

    async def _route(self, request: Request) -> Answer:
        match request.method, request.path.strip("/").split("/"):
            case "GET", ["products"]:
                return self._products(int(request.query.get("cursor", "0")))
            case "POST", ["orders"]:
                return self._checkout(request)
            case _, ["orders", name, *rest]:
                order = self.orders.get(name)
                if order is None or request.headers.get("authorization") != f"Bearer {order.token}":
                    return Answer(403, {"message": "Forbidden"})
                return await self._of_order(order, rest, request)
            case _:
                return Answer(404, {"message": "Not Found"})

    def _products(self, start: int) -> Answer:
        end = start + PAGE
        following = str(end) if end < len(CATALOGUE) else None
        return Answer(200, {"products": CATALOGUE[start:end], "next": following})

    def _checkout(self, request: Request) -> Answer:
        self.seen["checkout"] += 1
        if self.refusal is not None:
            return Answer(*self.refusal)
        key = request.headers["idempotency-key"]
        if key not in self.keys:
            self.keys[key] = self.place().transaction_id
            if self.goes_on:
                self._start(self.let_all_happen(self.orders[self.keys[key]], every=0.1))
        order = self.orders[self.keys[key]]
        accepted = {"transaction_id": order.transaction_id, "tracking_token": order.token}
        return Answer(202, {**accepted, "status": "PENDING", "links": self._links(order)})

    def _links(self, order: FakeOrder) -> dict[str, str]:
        url = f"{self.api_url}/orders/{order.transaction_id}"
        return {"self": url, "updates": f"{url}/updates", "websocket": self.websocket_url}

    async def _of_order(self, order: FakeOrder, rest: list[str], request: Request) -> Answer:
        self.seen[rest[0] if rest else "order"] += 1
        after = int(request.query.get("after", "0"))
        match rest:
            case ["updates"]:
                return await self._updates(order, after, request)
            case ["steps"]:
                steps = order.story(after)[: max(0, order.reached - after)]
                page = {"steps": self._page(steps), "more": len(steps) > PAGE}
                return Answer(200, {"transaction_id": order.transaction_id, **page})
            case ["cancel"] if order.reached:
                return Answer(409, {"type": "urn:orderbus:problem:too-late", "status": 409})
            case _:
                known = {"transaction_id": order.transaction_id, "links": self._links(order)}
                return Answer(202 if rest else 200, {**known, "status": "PENDING"})

    def _page(self, steps: list[dict[str, Any]]) -> list[dict[str, Any]]:
        page = steps[:PAGE]
        if self._happens(self.faults.muddled) and page:
            page = self._random.sample(page * 2, len(page))
        return page

    async def _updates(self, order: FakeOrder, after: int, request: Request) -> Answer:
        if order.reached <= after and (wait := int(request.query.get("wait", "0"))):
            with suppress(TimeoutError):
                await asyncio.wait_for(order.moved.wait(), wait)
        update = order.at(order.reached, after)
        headers = {"etag": f'"{order.reached}"'} | ({} if update["final"] else {"retry-after": "0"})
        if request.headers.get("if-none-match") == headers["etag"]:
            self.seen["304"] += 1
            return Answer(304, None, headers)
        return Answer(200, update, headers)

    def _happens(self, probability: float) -> bool:
        return self._random.random() < probability

    def _start(self, work: Coroutine[Any, Any, None]) -> None:
        task = asyncio.create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
