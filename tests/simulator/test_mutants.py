"""Every planted bug is found: a simulator that can't find them would prove nothing."""

import subprocess
import sys

import pytest

from simulator.mutants import MUTANTS, Mutant, hunt

MOST_ORDERS = 2_000
AFTERWARDS = """
from simulator.mutants import MUTANTS
from simulator.running import Plan, run
(mutant,) = [mutant for mutant in MUTANTS if mutant.name == "the sweep reminds nobody"]
with mutant.planted():
    run(Plan(seed=1, orders=1))
from orders import checking_out
from orders.domain import decide
print(checking_out.unheard is decide.unheard)
"""


def test_there_are_bugs_of_every_part() -> None:
    assert len({mutant.name for mutant in MUTANTS}) == len(MUTANTS) >= 12


@pytest.mark.parametrize("mutant", MUTANTS, ids=lambda mutant: mutant.name)
def test_a_planted_bug_is_found(mutant: Mutant) -> None:
    kill = hunt(mutant, MOST_ORDERS)
    assert kill.promise is not None, f"{mutant.name} lives after {kill.orders} orders"


def test_no_planted_bug_stays_with_what_was_loaded_meanwhile() -> None:
    told = subprocess.run(  # noqa: S603 - our own interpreter and text
        [sys.executable, "-c", AFTERWARDS], capture_output=True, text=True, check=True
    )
    assert told.stdout == "True\n"
