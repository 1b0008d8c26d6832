"""What a newcomer does: `orderbus up` (all of `make run` but the set-up), the README's commands."""

import contextlib
import json
import os
import re
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest
from project import ROOT
from shop import until

from local_stack.gateway_port import any_free_port
from local_stack.running import addresses

pytestmark = pytest.mark.end_to_end

ORDERBUS = Path(sys.executable).with_name("orderbus")


class Up:
    """A running `orderbus up`."""

    def __init__(self, state: Path, port: int) -> None:
        self.state = state
        command = [str(ORDERBUS), "up", "--state", str(state), "--port", str(port)]
        self.process = subprocess.Popen(
            command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, cwd=ROOT
        )
        self.printed = self._until("Ctrl-C stops it")

    def _until(self, last: str) -> str:
        printed = ""
        assert self.process.stdout is not None
        for line in self.process.stdout:
            printed += line
            if last in line:
                return printed
        raise AssertionError(f"it ended: {printed}")

    def interrupt(self) -> int:
        """Does what Ctrl-C does and answers the exit status."""
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGINT)
        self.process.communicate(timeout=60)
        return self.process.returncode


@contextlib.contextmanager
def _up(state: Path, port: int) -> Iterator[Up]:
    up = Up(state, port)
    try:
        yield up
    finally:
        up.interrupt()


def _shell(script: str, **environment: str) -> dict[str, Any]:
    done = subprocess.run(
        ["bash", "-euo", "pipefail", "-c", script],
        capture_output=True,
        text=True,
        check=True,
        cwd=ROOT,
        env=os.environ | environment,
        timeout=60,
    )
    return dict(json.loads(done.stdout))


def _status(order: dict[str, Any]) -> str:
    headers = {"authorization": f"Bearer {order['tracking_token']}"}
    return str(httpx.get(order["links"]["self"], headers=headers, timeout=15).json()["status"])


def _readme_block() -> str:
    (block,) = re.findall(r"```sh\n(eval .*?)```", (ROOT / "README.md").read_text(), re.DOTALL)
    return str(block)


def test_the_printed_and_the_documented_commands_work_and_the_data_survive(
    tmp_path: Path,
) -> None:
    state, port = tmp_path / "state", any_free_port()
    with _up(state, port) as up:
        printed_curl = up.printed.split("Place an order:")[1].split("Follow it")[0]
        by_hand = _readme_block().replace("orderbus env", f"orderbus env --state {state}")
        orders = [_shell(printed_curl), _shell(by_hand)]
        shop = addresses(state)["storefront_url"]
        assert f"Shop        {shop}" in up.printed
        assert httpx.get(f"{shop}config.json").json()["api_url"] == addresses(state)["api_url"]
        for order in orders:
            until(lambda o=order: _status(o), "CONFIRMED".__eq__, within=60, what="CONFIRMED")
        assert up.interrupt() == 0
    for stopped in (f"http://127.0.0.1:{port}/", shop):
        with pytest.raises(httpx.ConnectError):
            httpx.get(stopped)
    with _up(state, port):
        assert [_status(order) for order in orders] == ["CONFIRMED", "CONFIRMED"]


def test_a_port_in_use_is_one_clear_line(tmp_path: Path) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        done = subprocess.run(
            [str(ORDERBUS), "up", "--state", str(tmp_path / "state"), "--port", str(port)],
            capture_output=True,
            text=True,
            check=False,
            timeout=60,
        )
    assert done.returncode == 1
    assert len(done.stderr.strip().splitlines()) == 1
    assert str(port) in done.stderr
    assert "make run PORT=" in done.stderr


def test_the_readme_stays_short() -> None:
    assert len((ROOT / "README.md").read_text().splitlines()) <= 150
