"""The HTTP routes, each tried until it is answered or refused."""

import asyncio
import contextlib
import json
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from http import HTTPStatus
from typing import Any, cast
from urllib.parse import quote
from uuid import uuid4

import httpx

from orderbus_client.documents import Cart, Order, Placed, Product, Update
from orderbus_client.errors import ClosedError, OrderRefused, TrackingRefused, UnreachableError
from orderbus_client.pacing import Pace, retry_after

UNAUTHORIZED = {HTTPStatus.UNAUTHORIZED, HTTPStatus.FORBIDDEN}
TRY_AGAIN = {HTTPStatus.REQUEST_TIMEOUT, HTTPStatus.TOO_EARLY, HTTPStatus.TOO_MANY_REQUESTS}


@dataclass(frozen=True)
class Polled:
    """The answer to one poll: an update unless nothing is new, and when to ask again."""

    update: Update | None
    etag: str | None
    retry_after: float | None


@dataclass(frozen=True)
class _Call:
    method: str
    path: str
    headers: dict[str, str] = field(default_factory=dict)
    query: dict[str, str] = field(default_factory=dict)
    body: bytes | None = None


class HttpApi:
    """The HTTP API of one stage."""

    def __init__(self, api_url: str, pace: Pace) -> None:
        self._url = api_url.rstrip("/")
        self._pace = pace
        # Every follower may hold a poll: httpx's own limit of 100 connections would starve some.
        limits = httpx.Limits(max_connections=None, max_keepalive_connections=20)
        timeout = httpx.Timeout(pace.answer, connect=min(5.0, pace.answer))
        self._client = httpx.AsyncClient(limits=limits, timeout=timeout)

    async def aclose(self) -> None:
        """Closes every connection."""
        await self._client.aclose()

    async def products(self) -> list[Product]:
        """Answers the whole catalogue."""
        found: list[Product] = []
        query: dict[str, str] = {}
        while True:
            page = _document(await self._answered(_Call("GET", "/products", query=query)))
            found += page["products"]
            if page["next"] is None:
                return found
            query = {"cursor": page["next"]}

    async def place(self, cart: Cart, key: str | None, token: str | None) -> Placed:
        """Answers the order that is placed, once, however often it had to be sent."""
        key = key or str(uuid4())
        headers = {"idempotency-key": key, "content-type": "application/json", **_bearer(token)}
        call = _Call("POST", "/orders", headers, body=json.dumps(cart).encode())
        try:
            answer = _document(await self._answered(call))
        except UnreachableError as error:
            raise UnreachableError(str(error), idempotency_key=key) from error
        return Placed(answer["transaction_id"], answer["tracking_token"], answer["links"], key)

    async def order(self, transaction_id: str, token: str) -> Order:
        """Answers the order as the orders service keeps it."""
        call = _Call("GET", _order_path(transaction_id), _bearer(token))
        return cast("Order", _document(await self._answered(call)))

    async def cancel(self, transaction_id: str, token: str) -> Order:
        """Calls the order off; a repeated call changes nothing."""
        call = _Call("POST", f"{_order_path(transaction_id)}/cancel", _bearer(token))
        return cast("Order", _document(await self._answered(call)))

    async def websocket_url(self, transaction_id: str, token: str) -> str | None:
        """Answers where the order's links say that the WebSocket is, if one attempt tells."""
        with contextlib.suppress(BusyError, OrderRefused):
            call = _Call("GET", _order_path(transaction_id), _bearer(token))
            return cast("str | None", _document(await self._sent(call))["links"].get("websocket"))
        return None

    async def steps(self, transaction_id: str, token: str, after: int) -> list[Update]:
        """Answers a page of the steps after a sequence."""
        path = f"{_order_path(transaction_id)}/steps"
        call = _Call("GET", path, _bearer(token), {"after": str(after)})
        with _followed():
            return cast("list[Update]", _document(await self._answered(call))["steps"])

    async def newest(self, transaction_id: str, token: str, after: int) -> Update:
        """Answers the newest update."""
        path = f"{_order_path(transaction_id)}/updates"
        call = _Call("GET", path, _bearer(token), {"after": str(after)})
        with _followed():
            return cast("Update", _document(await self._answered(call)))

    async def poll(
        self, transaction_id: str, token: str, after: int, wait: int, etag: str | None
    ) -> Polled:
        """Asks once what is new after a sequence; the caller decides when to ask again."""
        headers = _bearer(token) | ({"if-none-match": etag} if etag else {})
        query = {"after": str(after)} | ({"wait": str(wait)} if wait else {})
        call = _Call("GET", f"{_order_path(transaction_id)}/updates", headers, query)
        with _followed():
            response = await self._sent(call)
        pause = retry_after(response.headers)
        if response.status_code == HTTPStatus.NOT_MODIFIED:
            return Polled(None, etag, pause)
        update = cast("Update", _document(response))
        return Polled(update, response.headers.get("etag"), pause)

    async def _answered(self, call: _Call) -> httpx.Response:
        """Answers the response, tried again with back-off while there is hope of one."""
        deadline = time.monotonic() + self._pace.patience
        attempt = 0
        while True:
            try:
                return await self._sent(call)
            except BusyError as error:
                pause = max(self._pace.backoff(attempt), error.retry_after or 0.0)
                if time.monotonic() + pause > deadline:
                    raise UnreachableError(f"{call.method} {call.path}: {error}") from error
            await asyncio.sleep(pause)
            attempt += 1

    async def _sent(self, call: _Call) -> httpx.Response:
        """Answers what one attempt brings; raises `OrderRefused` or `BusyError`."""
        if self._client.is_closed:
            raise ClosedError("The client is closed.")
        try:
            response = await self._client.request(
                call.method,
                self._url + call.path,
                headers=call.headers,
                params=call.query,
                content=call.body,
            )
        except httpx.TransportError as error:
            raise BusyError(repr(error)) from error
        return _granted(response)


class BusyError(Exception):
    """One attempt brought no answer; the next may."""

    def __init__(self, what: str, retry_after: float | None = None) -> None:
        self.retry_after = retry_after
        super().__init__(what)


@contextlib.contextmanager
def _followed() -> Iterator[None]:
    """Makes a refusal that of a tracking, as the WebSocket tells it."""
    try:
        yield
    except OrderRefused as refused:
        reason = refused.problem.get("reason")
        # The gateway itself, which knows no problem types, refuses tokens before we are asked.
        code = refused.code or ("invalid-token" if refused.status in UNAUTHORIZED else "refused")
        raise TrackingRefused(code, None if reason is None else str(reason)) from refused


def _granted(response: httpx.Response) -> httpx.Response:
    status = response.status_code
    if status in TRY_AGAIN or status >= HTTPStatus.INTERNAL_SERVER_ERROR:
        raise BusyError(f"HTTP {status}", retry_after(response.headers))
    if status >= HTTPStatus.BAD_REQUEST:
        raise OrderRefused(status, _problem(response))
    return response


def _problem(response: httpx.Response) -> Mapping[str, object]:
    try:
        found = response.json()
    except ValueError:
        return {"detail": response.text[:500]}
    return found if isinstance(found, dict) else {"detail": response.text[:500]}


def _document(response: httpx.Response) -> dict[str, Any]:
    return cast("dict[str, Any]", response.json())


def _order_path(transaction_id: str) -> str:
    return f"/orders/{quote(transaction_id, safe='')}"


def _bearer(token: str | None) -> dict[str, str]:
    return {"authorization": f"Bearer {token}"} if token else {}
