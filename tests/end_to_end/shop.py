"""A storefront as the tests drive it: the HTTP API, and nothing else."""

import itertools
import random
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any, Self, TypeVar
from uuid import uuid4

import httpx

PRICES = {
    "TEA-EARL-GREY": 1250,
    "MUG-BLUE": 1800,
    "KETTLE-STEEL": 6400,
    "LAST-ONE": 9900,
    "SCARCE": 4500,
    "SOLD-OUT": 2000,
}
FINAL = {"CONFIRMED", "REJECTED", "CANCELLED"}

T = TypeVar("T")


def until(ask: Callable[[], T], holds: Callable[[T], bool], *, within: float, what: str) -> T:
    """Answers the first answer for which `holds`; fails with the last one after `within` s."""
    deadline = time.monotonic() + within
    while True:
        answer = ask()
        if holds(answer):
            return answer
        if time.monotonic() > deadline:
            raise AssertionError(f"not {what} within {within} s: {answer}")
        time.sleep(0.05)  # the pace of polling, not a wait for a fixed time


def cart(
    *lines: tuple[str, int], method: str = "pm_sandbox_approve", price: int | None = None
) -> dict[str, Any]:
    """Answers a body for these (SKU, quantity) lines at the seeded prices or a given one."""
    total = sum((price or PRICES[sku]) * quantity for sku, quantity in lines)
    return {
        "customer": {"reference": "cust-1"},
        "lines": [{"sku": sku, "quantity": quantity} for sku, quantity in lines],
        "expected_total": {"amount": total, "currency": "EUR"},
        "payment_method": method,
    }


@dataclass
class Order:
    """An accepted checkout, as its shopper holds it."""

    shop: "Shop"
    transaction_id: str
    token: str
    accepted: dict[str, Any]

    def _headers(self) -> dict[str, str]:
        return {"authorization": f"Bearer {self.token}"}

    def read(self) -> dict[str, Any]:
        """Answers the order as orders has it."""
        response = self.shop.http.get(f"/orders/{self.transaction_id}", headers=self._headers())
        assert response.status_code == 200, response.text
        return dict(response.json())

    def updates(self, after: int = 0, *, wait: int = 0) -> dict[str, Any]:
        """Answers the folded view as notifications has it."""
        path = f"/orders/{self.transaction_id}/updates"
        asked = {"after": after, "wait": wait}
        response = self.shop.http.get(path, params=asked, headers=self._headers())
        assert response.status_code == 200, response.text
        return dict(response.json())

    def steps(self) -> list[dict[str, Any]]:
        """Answers an update for each step so far."""
        path = f"/orders/{self.transaction_id}/steps"
        response = self.shop.http.get(path, headers=self._headers())
        assert response.status_code == 200, response.text
        return list(response.json()["steps"])

    def open_mqtt(self) -> dict[str, Any]:
        """Answers an address to follow the order by MQTT."""
        path = f"/orders/{self.transaction_id}/mqtt"
        response = self.shop.http.post(path, headers=self._headers())
        assert response.status_code == 201, response.text
        return dict(response.json())

    def followed(self, within: float = 90) -> dict[str, Any]:
        """Answers the final update."""
        return until(self.updates, lambda u: u["final"], within=within, what="final")

    def cancel(self) -> httpx.Response:
        """Asks to call the order off."""
        path = f"/orders/{self.transaction_id}/cancel"
        return self.shop.http.post(path, headers=self._headers())

    def decided(self, within: float = 60) -> dict[str, Any]:
        """Answers the order once its status is final."""
        return until(self.read, lambda o: o["status"] in FINAL, within=within, what="decided")

    def settled(self, within: float = 90) -> dict[str, Any]:
        """Answers the order once money and stock are where they belong."""
        return until(self.read, lambda o: o["settled"], within=within, what="settled")


@dataclass
class Shop:
    """The HTTP API of one environment."""

    api_url: str
    http: httpx.Client = field(init=False)

    def __post_init__(self) -> None:
        self.http = httpx.Client(base_url=self.api_url, timeout=60)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_exception: object) -> None:
        self.http.close()

    def post(self, body: object, key: str | None = None, **headers: str) -> httpx.Response:
        """Sends a checkout with a key of its own unless one is given."""
        sent = {"idempotency-key": key or str(uuid4()), **headers}
        return self.http.post("/orders", json=body, headers=sent)

    def checkout(
        self,
        *lines: tuple[str, int],
        method: str = "pm_sandbox_approve",
        price: int | None = None,
    ) -> Order:
        """Places an order and answers it; the checkout must be accepted."""
        return self._accepted(self.post(cart(*lines, method=method, price=price)))

    def insist(self, *lines: tuple[str, int], method: str = "pm_sandbox_approve") -> Order:
        """Places an order as a patient client does: whatever fails is tried again, same key.

        With back-off and jitter. Four clients that come back at once can keep MiniStack from
        ever answering: a worker that dies while it starts takes with it all other workers of
        its function, those that start for the other clients among them.
        """
        key, body = str(uuid4()), cart(*lines, method=method)
        pauses = (min(0.1 * 2**attempt, 5) for attempt in itertools.count())

        def post() -> httpx.Response:
            with suppress(httpx.TransportError):
                response = self.post(body, key)
                if response.status_code < 500:
                    return response
            time.sleep(random.uniform(0.5, 1) * next(pauses))  # noqa: S311 - jitter
            return httpx.Response(503)

        return self._accepted(
            until(post, lambda r: r.status_code < 500, within=120, what="answered")
        )

    def _accepted(self, response: httpx.Response) -> Order:
        assert response.status_code == 202, response.text
        answer = response.json()
        return Order(self, answer["transaction_id"], answer["tracking_token"], answer)
