"""Every planted bug is found: a simulator that can't find them would prove nothing."""

import pytest

from simulator.mutants import MUTANTS, Mutant, hunt

MOST_ORDERS = 2_000


def test_there_are_bugs_of_every_part() -> None:
    assert len({mutant.name for mutant in MUTANTS}) == len(MUTANTS) >= 12


@pytest.mark.parametrize("mutant", MUTANTS, ids=lambda mutant: mutant.name)
def test_a_planted_bug_is_found(mutant: Mutant) -> None:
    kill = hunt(mutant, MOST_ORDERS)
    assert kill.promise is not None, f"{mutant.name} lives after {kill.orders} orders"
