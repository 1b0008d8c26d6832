"""Those who order: some are impatient, some send twice, some never come back."""

import base64
import hashlib
import hmac
import json
from dataclasses import dataclass, field
from functools import partial
from http import HTTPStatus
from random import Random
from typing import Any
from uuid import UUID

from simulator.followers import follow
from simulator.http_api import Answer
from simulator.stacks import STAGE
from simulator.world import EPOCH, World

EMAIL = "ann.secret@example.com"
"""What must never be seen on the bus."""
PRICES = {"TEA": 1250, "MUG": 1800, "KETTLE": 6400, "LAST": 9900, "SCARCE": 4500}
METHODS = {
    "approve": 60,
    "decline": 10,
    "slow": 5,
    "outage": 5,
    "capture_fail": 8,
    "action_required": 6,
    "unheard_of": 2,
}
MOST_TRIES = 12


@dataclass
class Shopper:
    """One checkout and what its shopper was told of it."""

    number: int
    key: str
    body: dict[str, Any]
    cancels: bool = False
    sends_twice: bool = False
    follows: int = 0
    """With how many connections the shopper follows the order."""
    transactions: set[str] = field(default_factory=set)
    """Every transaction that an accepted checkout was answered with: one, or a bug."""
    token: str = ""
    refused: int = 0
    """The status of a final refusal."""
    cancelled: bool = False
    """Whether a cancellation was answered with success."""
    answers: list[int] = field(default_factory=list)

    @property
    def transaction(self) -> str:
        """The transaction that the shopper goes on with."""
        return min(self.transactions)


def stock(orders: int) -> dict[str, int]:
    """Answers what there is of each SKU: of some things too little."""
    return {
        "TEA": orders * 4,
        "MUG": orders,
        "KETTLE": max(2, orders // 10),
        "LAST": 1,
        "SCARCE": max(3, orders // 40),
    }


def shopper(
    number: int, random: Random, *, cancels: bool, sends_twice: bool, follows: int
) -> Shopper:
    """Draws a checkout."""
    skus = random.choices(list(PRICES), (45, 25, 10, 6, 14), k=random.choice((1, 1, 1, 2, 3)))
    if random.random() < 1 / 8:
        skus.append(skus[0])  # the same thing in two lines of one cart
    lines = [(sku, random.choice((1, 1, 1, 2, 3))) for sku in skus]
    method = random.choices(list(METHODS), list(METHODS.values()))[0]
    drawn = buyer(number, random, lines, method)
    drawn.cancels, drawn.sends_twice, drawn.follows = cancels, sends_twice, follows
    return drawn


def buyer(number: int, random: Random, lines: list[tuple[str, int]], method: str) -> Shopper:
    """Answers a shopper with these (SKU, quantity) lines and a key of their own."""
    total = sum(PRICES[sku] * quantity for sku, quantity in lines)
    body = {
        "customer": {"reference": f"cust-{number}", "email": EMAIL},
        "lines": [{"sku": sku, "quantity": quantity} for sku, quantity in lines],
        "expected_total": {"amount": total, "currency": "EUR"},
        "payment_method": f"pm_sandbox_{method}",
    }
    key = str(UUID(int=random.getrandbits(128), version=4))
    return Shopper(number, key, body)


def shop(world: World, buyer: Shopper) -> None:
    """Orders, and does what this shopper does then."""
    if buyer.sends_twice:
        delay = world.random.choice((0.0, 0.005, 1.0, 30.0, 3600.0))
        world.start(lambda: _check_out(world, buyer), delay)
    _check_out(world, buyer)
    if not buyer.transactions:
        return
    for _ in range(buyer.follows):
        following = partial(follow, world, buyer.transaction, buyer.token)
        world.start(following, world.random.expovariate(2))
    if buyer.body["payment_method"].endswith("action_required"):
        _act(world, buyer)
    if buyer.cancels:
        world.loop.sleep(world.random.choice((0.0, 0.05, 0.2, 1.0, 60.0)) * world.random.random())
        _cancel(world, buyer)


def _check_out(world: World, buyer: Shopper) -> None:
    body = json.dumps(buyer.body)
    for attempt in range(MOST_TRIES):
        headers = {"idempotency-key": buyer.key, "content-type": "application/json"}
        answer = world.api.request("POST", "/orders", headers, body)
        world.note("shopper", f"POST /orders {buyer.key} -> {answer.status} {answer.body}")
        buyer.answers.append(answer.status)
        if answer.status < HTTPStatus.INTERNAL_SERVER_ERROR:
            _read(buyer, answer)
            return
        world.loop.sleep(min(2.0**attempt, 300.0) * world.random.random())


def _read(buyer: Shopper, answer: Answer) -> None:
    if answer.status == HTTPStatus.ACCEPTED:
        document = json.loads(answer.body)
        buyer.transactions.add(document["transaction_id"])
        buyer.token = document["tracking_token"]
    else:
        buyer.refused = answer.status


def _cancel(world: World, buyer: Shopper) -> None:
    transaction = buyer.transaction
    headers = {"authorization": f"Bearer {buyer.token}"}
    for attempt in range(MOST_TRIES):
        answer = world.api.request("POST", f"/orders/{transaction}/cancel", headers)
        world.note("shopper", f"POST cancel {transaction} -> {answer.status}")
        if answer.status < HTTPStatus.INTERNAL_SERVER_ERROR:
            buyer.cancelled = answer.status == HTTPStatus.ACCEPTED
            return
        world.loop.sleep(min(2.0**attempt, 300.0) * world.random.random())


def _act(world: World, buyer: Shopper) -> None:
    """Does, or does not do, what the payment asks of the shopper; the provider gives notice."""
    outcome = world.random.choice(("succeeded", "succeeded", "failed", None))
    if outcome is None:
        return
    transaction = buyer.transaction
    world.loop.sleep(world.random.uniform(1, 300))
    for attempt in range(MOST_TRIES):
        body = json.dumps({"transaction_id": transaction, "outcome": outcome})
        answer = world.api.request("POST", "/payments/webhook", _signed(world, body), body)
        world.note("provider", f"webhook {body} -> {answer.status}")
        if answer.status < HTTPStatus.INTERNAL_SERVER_ERROR:
            return
        world.loop.sleep(min(2.0**attempt, 300.0))


def _signed(world: World, body: str) -> dict[str, str]:
    secret = world.cloud.ssm.values[f"/orderbus/{STAGE}/payments/webhook-secret"]
    sent_at = str(int(EPOCH.timestamp() + world.loop.now))
    digest = hmac.new(secret.encode(), f"msg.{sent_at}.{body}".encode(), hashlib.sha256).digest()
    return {
        "webhook-id": "msg",
        "webhook-timestamp": sent_at,
        "webhook-signature": f"v1,{base64.b64encode(digest).decode()}",
    }
