"""The bench of the WebSocket tells whom it reached, and who was left behind."""

import asyncio
import json
import sys
from pathlib import Path
from typing import Any

import pytest
from fake_order import STORY
from fake_shop import FakeShop, Faults
from project import ROOT

pytestmark = pytest.mark.anyio


@pytest.fixture
def anyio_backend() -> str:
    return "asyncio"


async def bench(
    stage: FakeShop, results: Path, *, orders: int, within: float = 30
) -> tuple[int | None, str, dict[str, Any]]:
    stage.goes_on = True
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-W", "error", str(ROOT / "bench" / "websocket_followers.py")),
        *("--api-url", stage.api_url, "--results", str(results)),
        *("--orders", str(orders), "--timeout", str(within)),
        stdout=asyncio.subprocess.PIPE,
    )
    printed, _ = await process.communicate()
    return process.returncode, printed.decode(), json.loads(results.read_text())  # noqa: ASYNC240


async def test_every_order_has_a_connection_of_its_own_that_sees_its_end(tmp_path: Path) -> None:
    async with FakeShop() as stage:
        code, printed, result = await bench(stage, tmp_path / "results.json", orders=20)
    assert code == 0
    assert "20 of 20" in printed
    assert (result["followed_to_the_end"], result["connections_open_at_the_end"]) == (20, 20)
    assert (stage.seen["connect"], stage.seen["checkout"]) == (20, 21)  # one tells the address
    assert result["steps_per_order"] == {"least": 6, "mean": 6, "most": 6}
    assert result["seconds"]["checkout_to_final"]["count"] == 20
    assert result["seconds"]["event_to_frame"]["p99"] >= 0
    assert not {"updates", "steps"} & set(stage.seen)  # by frames alone
    assert not [order for order in stage.orders.values() if order.token in printed + str(result)]


async def test_who_is_not_told_of_the_end_is_counted_as_lost(tmp_path: Path) -> None:
    async with FakeShop(faults=Faults(lose=1.0)) as stage:
        code, printed, result = await bench(stage, tmp_path / "results.json", orders=4, within=3)
    assert code == 1
    assert "0 of 4" in printed
    assert result["lost"]["order_final_but_not_told"] == 4
    assert {each["reached"] for each in result["lost"]["first"]} == {len(STORY)}


async def test_connections_that_break_are_not_mended(tmp_path: Path) -> None:
    async with FakeShop(faults=Faults(cut=1.0)) as stage:
        code, _, result = await bench(stage, tmp_path / "results.json", orders=4)
    assert code == 1
    assert result["lost"]["connection_or_refusal"] == 4
    assert stage.seen["connect"] == 4


async def test_frames_that_go_backwards_fail_it(tmp_path: Path) -> None:
    async with FakeShop(faults=Faults(delay=0.5)) as stage:
        code, _, result = await bench(stage, tmp_path / "results.json", orders=60)
    assert code == 1
    assert result["frames_that_went_backwards"] > 0
