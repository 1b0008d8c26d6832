"""Small worlds, run to their end: they keep every promise, and the same seed is the same world."""

import os
import subprocess
import sys

import pytest

from simulator.faults import NONE
from simulator.running import Plan, run

DIGEST = """
import hashlib
from simulator.running import Plan, run
trace = run(Plan(seed=11, orders=40), traced=True).trace
told = [entry for entry in trace if "tracking_token" not in entry[2]]
print(len(told), hashlib.sha256(repr(told).encode()).hexdigest())
"""


def test_a_world_without_faults_keeps_every_promise() -> None:
    outcome = run(Plan(seed=1, orders=60, rates=NONE, redelivered=True))
    assert outcome.violations == []
    assert set(outcome.statuses) == {"CONFIRMED", "REJECTED", "CANCELLED"}


@pytest.mark.parametrize("seed", range(4))
def test_a_world_in_which_everything_goes_wrong_keeps_every_promise(seed: int) -> None:
    outcome = run(Plan(seed=seed, orders=80, swarmed=False, redelivered=True))
    assert outcome.violations == []


def test_the_same_seed_is_the_same_world_in_every_process() -> None:
    runs = [
        subprocess.run(  # noqa: S603 - our own interpreter and text
            [sys.executable, "-c", DIGEST],
            env=os.environ | {"PYTHONHASHSEED": seed},
            capture_output=True,
            text=True,
            check=True,
        )
        for seed in ("1", "2")
    ]
    first, second = (run.stdout.split() for run in runs)
    assert int(first[0]) > 1000
    assert first == second
