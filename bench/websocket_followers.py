"""Orders, each followed to its end over a WebSocket connection of its own, all open at once.

    .venv/bin/python bench/websocket_followers.py --orders 1000

Runs a local stack of its own unless an address is given. `bench/README.md` says what it measures.
"""

import argparse
import asyncio
import contextlib
import json
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import figures
import httpx
import machine
from figures import Lost
from followers import Follower

from orderbus_client import Cart, Orderbus, OrderbusError, Pace

RESULTS = Path(__file__).parent / "results" / "websocket_followers.json"
SPARE_FILES = 500
"""Open files beside one for each connection on either side."""
PACE = Pace(patience=300.0, longest_pause=5.0)


@dataclass(frozen=True)
class Asked:
    """What the command line asks for."""

    orders: int
    at_once: int
    timeout: float
    payment_method: str


@dataclass(frozen=True)
class Stage:
    """What is measured; `pid` is its process where that is ours."""

    api_url: str
    pid: int | None


def main(arguments: Sequence[str]) -> int:
    """Runs the bench; answers 0 when every order was followed to its end, in order."""
    options = _options(arguments)
    asked = Asked(options.orders, options.at_once, options.timeout, options.payment_method)
    machine.allow_open_files(2 * asked.orders + SPARE_FILES)
    result: dict[str, Any] = {
        "obtained": {
            "command": f"bench/websocket_followers.py --orders {asked.orders}",
            "stack": "given" if options.api_url else "its own local stack",
            **machine.facts(),
            "load_before": machine.load(),
        },
        "asked": asdict(asked),
    }
    with _stage(options.api_url) as stage:
        result |= asyncio.run(_run(stage, asked))
    result["obtained"]["load_after"] = machine.load()
    options.results.parent.mkdir(parents=True, exist_ok=True)
    options.results.write_text(json.dumps(result, indent=2) + "\n")
    sys.stdout.write(figures.table(result))
    complete = result["followed_to_the_end"] == asked.orders
    return 0 if complete and result["frames_that_went_backwards"] == 0 else 1


def _options(arguments: Sequence[str]) -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--orders", type=int, default=1000)
    parser.add_argument("--at-once", type=int, default=8, help="who connect or are at the till")
    parser.add_argument("--timeout", type=float, default=900, help="seconds for everything")
    parser.add_argument("--payment-method", default="pm_sandbox_approve")
    parser.add_argument("--api-url", help="a stage that runs (else a local stack of its own)")
    parser.add_argument("--results", type=Path, default=RESULTS)
    return parser.parse_args(arguments)


@contextlib.contextmanager
def _stage(api_url: str | None) -> Iterator[Stage]:
    if api_url:
        yield Stage(api_url, None)
        return
    from local_stack import running  # noqa: PLC0415 -- boto3 takes long, for nothing with a stage

    folder = tempfile.TemporaryDirectory(prefix="orderbus-bench-")
    with folder as state, running(Path(state)) as stack:
        yield Stage(stack.api_url, stack.pid)


async def _run(stage: Stage, asked: Asked) -> dict[str, Any]:
    """Answers the figures of a run."""
    async with Orderbus(stage.api_url, pace=PACE) as shop, machine.watched(stage.pid) as usage:
        cart = await _cart(shop, asked.payment_method)
        # An order that nobody follows tells where the WebSocket is.
        websocket_url = (await shop.place_order(cart)).links["websocket"]
        turn = asyncio.Semaphore(asked.at_once)
        followers = [Follower(shop, websocket_url, cart, turn) for _ in range(asked.orders)]
        started = time.monotonic()
        open_at_the_end = await _follow(followers, asked.timeout)
        total = time.monotonic() - started
        lost = await _lost(stage.api_url, followers)
    return {
        **figures.of([each.seen for each in followers], lost),
        "connections_open_at_the_end": open_at_the_end,
        "total_seconds": round(total, 2),
        "stack": asdict(usage) if usage else None,
    }


async def _follow(followers: Sequence[Follower], within: float) -> int:
    """Returns when all are done or time is up, with how many are still connected."""
    following = [asyncio.create_task(each.follow()) for each in followers]
    done = [asyncio.create_task(each.done.wait()) for each in followers]
    try:
        await asyncio.wait(done, timeout=within)
        return sum(
            not task.done() and each.seen.connect is not None
            for task, each in zip(following, followers, strict=True)
        )
    finally:
        for task in (*following, *done):
            task.cancel()
        await asyncio.gather(*following, *done, return_exceptions=True)


async def _cart(shop: Orderbus, payment_method: str) -> Cart:
    """Answers one piece of what there is most of."""
    product = max(await shop.products(), key=lambda each: each["available"])
    return {
        "lines": [{"sku": product["sku"], "quantity": 1}],
        "expected_total": product["unit_price"],
        "payment_method": payment_method,
    }


async def _lost(api_url: str, followers: Sequence[Follower]) -> list[Lost]:
    """Answers who did not see the end, and whether the order itself had come to it."""
    async with httpx.AsyncClient(base_url=api_url, timeout=60) as http:
        return [await _look_up(http, each) for each in followers if not each.seen.final]


async def _look_up(http: httpx.AsyncClient, follower: Follower) -> Lost:
    seen = follower.seen
    reached = final = None
    with contextlib.suppress(httpx.HTTPError, KeyError, ValueError):
        headers = {"authorization": f"Bearer {seen.token}"}
        path = f"/orders/{seen.transaction_id}/updates"
        update = (await http.get(path, headers=headers)).json()
        reached, final = update["sequence"], update["final"]
    why = seen.error or ("not told in time" if final else "the order did not come to its end")
    return Lost(seen.transaction_id, why, max(seen.sequences, default=0), reached, final)


if __name__ == "__main__":
    try:
        sys.exit(main(sys.argv[1:]))
    except OrderbusError as error:
        sys.exit(f"bench: {error}")
