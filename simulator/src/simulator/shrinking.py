"""Finds a smaller world that still breaks a promise: fewer orders, fewer kinds of faults."""

from collections.abc import Callable, Iterator
from dataclasses import replace

from simulator import faults
from simulator.running import Outcome, Plan, run

SEEDS = 12
"""How many worlds of a size are tried: a smaller one seldom fails with the same seed."""
SIZES = (1, 2, 4, 8, 16, 32, 64, 128)
TOGETHER = (8, 4, 2, 1)
"""How many kinds of faults are left out at a time: most of them have no part in a failure."""
AMPLIFIED = 4.0
"""In a small world things go wrong more often, or it would hold no fault at all."""


def shrink(failing: Plan, *, told: Callable[[str], None], most_runs: int = 400) -> Plan:
    """Answers the smallest failing plan that is found within so many runs."""
    budget = iter(range(most_runs))
    best = replace(failing, redelivered=failing.redelivered)
    for orders in SIZES:
        if orders >= best.orders:
            break
        found = _failing(_seeds(replace(best, orders=orders)), budget)
        if found is not None:
            told(f"{orders} orders are enough")
            best = found
            break
    for size in TOGETHER:
        kinds = [kind for kind in faults.KINDS if getattr(best.rates, kind)]
        for first in range(0, len(kinds), size):
            some = kinds[first : first + size]
            without = replace(best, rates=best.rates.without(*some))
            found = _failing(_seeds(without), budget)
            if found is not None:
                told(f"it takes no {', '.join(some)}")
                best = found
    return best


def _seeds(plan: Plan) -> Iterator[Plan]:
    """Answers the plan with its own seed, then with others, with rarer and more frequent faults."""
    yield plan
    for number in range(SEEDS):
        rates = plan.rates.times(AMPLIFIED) if number % 2 else plan.rates
        yield replace(plan, seed=plan.seed * 1000 + number, rates=rates, swarmed=False)


def _failing(plans: Iterator[Plan], budget: Iterator[int]) -> Plan | None:
    for plan in plans:
        if next(budget, None) is None:
            return None
        if _breaks(run(plan)):
            return plan
    return None


def _breaks(outcome: Outcome) -> bool:
    return bool(outcome.violations)
