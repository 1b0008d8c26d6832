"""Stops and kills in the middle of orders: every acknowledged order is found again and ends."""

import os
import random
import signal
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, suppress
from pathlib import Path

import pytest
from backstage import Backstage
from shop import Order, Shop, until

from local_stack import LocalStack, running
from local_stack.gateway_port import any_free_port

pytestmark = [pytest.mark.end_to_end, pytest.mark.timeout(600)]

METHODS = ["pm_sandbox_approve"] * 3 + ["pm_sandbox_decline", "pm_sandbox_capture_fail"]
UNIT_PRICE = 1250


@pytest.fixture
def own_stack(tmp_path: Path) -> Iterator[LocalStack]:
    with running(tmp_path / "local-stack", any_free_port()) as stack:
        yield stack


def _place(shop: Shop, count: int, acknowledged: threading.Semaphore | None = None) -> list[Order]:
    """Places orders, four at a time, and counts each as it is acknowledged."""

    def place(number: int) -> Order:
        order = shop.insist(("TEA-EARL-GREY", 1), method=METHODS[number % len(METHODS)])
        if acknowledged is not None:
            acknowledged.release()
        return order

    with ThreadPoolExecutor(4) as pool:
        return list(pool.map(place, range(count)))


def _assert_adds_up(orders: list[Order], backstage: Backstage) -> None:
    # 240 s: a worker's death is noticed when its message's visibility time-out has passed.
    final = [order.settled(within=240) for order in orders]
    confirmed = sum(order["status"] == "CONFIRMED" for order in final)
    approved = sum(METHODS[i % len(METHODS)] == "pm_sandbox_approve" for i in range(len(orders)))
    assert confirmed == approved
    stock = backstage.stock("TEA-EARL-GREY")
    assert stock.reserved == 0
    assert stock.sold == confirmed
    assert stock.available == 100_000 - confirmed
    assert backstage.captured() == confirmed * UNIT_PRICE
    assert "authorized" not in backstage.provider_totals()


def test_a_stop_in_the_middle_of_checkouts_loses_no_acknowledged_order(
    own_stack: LocalStack,
) -> None:
    acknowledged = threading.Semaphore(0)
    with Shop(own_stack.api_url) as shop, ThreadPoolExecutor(1) as pool:
        placing = pool.submit(_place, shop, 20, acknowledged)
        for _ in range(5):
            acknowledged.acquire(timeout=60)
        own_stack.restart()
        orders = placing.result()
        _assert_adds_up(orders, Backstage(own_stack.aws))


def test_orders_in_flight_survive_the_death_of_function_workers(own_stack: LocalStack) -> None:
    with Shop(own_stack.api_url) as shop:
        with _killing(own_stack) as killed:
            orders = _place(shop, 20)
            until(lambda: len(killed), lambda n: n >= 5, within=60, what="five workers killed")
        _assert_adds_up(orders, Backstage(own_stack.aws))


@contextmanager
def _killing(stack: LocalStack) -> Iterator[list[int]]:
    """Kills one function worker after another, at random, while the block runs."""
    dice = random.Random(7)  # noqa: S311 - a test's own choice of victims
    over, killed = threading.Event(), list[int]()

    def kill() -> None:
        while not over.wait(dice.uniform(0.6, 2)):
            workers = stack.workers()
            if workers:
                victim = dice.choice(workers)
                with suppress(ProcessLookupError):
                    os.kill(victim, signal.SIGKILL)
                    killed.append(victim)

    thread = threading.Thread(target=kill)
    thread.start()
    try:
        yield killed
    finally:
        over.set()
        thread.join()
