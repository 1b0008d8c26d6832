"""Many worlds on all processors: so many orders, from one seed, until all are done or one fails."""

import gc
import os
from collections import Counter
from collections.abc import Callable, Iterator
from concurrent.futures import FIRST_COMPLETED, Future, ProcessPoolExecutor, wait
from contextlib import contextmanager
from dataclasses import dataclass, field
from itertools import islice
from multiprocessing import get_context

from simulator.faults import ALL, Rates
from simulator.running import Outcome, Plan, run
from simulator.violations import Violation

ORDERS_PER_WORLD = 400
"""Many enough for a rush and a few hundred faults, few enough to be looked at."""
REDELIVERED_ONE_IN = 10
AHEAD = 2
"""Worlds that are handed out for each processor."""


@dataclass(frozen=True)
class Campaign:
    """So many checkouts in worlds of one seed's."""

    orders: int
    seed: int = 1
    rates: Rates = ALL
    wire: bool = False

    def plans(self) -> Iterator[Plan]:
        """Answers its worlds; each has a seed of its own, so that one alone runs the same."""
        left, number = self.orders, 0
        while left > 0:
            orders = min(left, ORDERS_PER_WORLD)
            yield Plan(
                seed=self.seed * 1_000_000 + number,
                orders=orders,
                rates=self.rates,
                redelivered=number % REDELIVERED_ONE_IN == 0,
                wire=self.wire,
            )
            left, number = left - orders, number + 1


@dataclass
class Tally:
    """What has come of a campaign so far."""

    orders: int = 0
    worlds: int = 0
    invocations: int = 0
    calls: int = 0
    statuses: Counter[str] = field(default_factory=Counter)
    failed: tuple[Plan, list[Violation]] | None = None

    def add(self, outcome: Outcome) -> None:
        """Counts a world."""
        self.orders += outcome.plan.orders
        self.worlds += 1
        self.invocations += outcome.invocations
        self.calls += outcome.calls
        self.statuses.update(outcome.statuses)
        if outcome.violations and self.failed is None:
            self.failed = (outcome.plan, outcome.violations)


def run_all(
    campaign: Campaign, *, told: Callable[[Tally], None], workers: int | None = None
) -> Tally:
    """Runs a campaign's worlds; ends early when one breaks a promise. `told` hears of each."""
    tally = Tally()
    plans = campaign.plans()
    count = workers or os.cpu_count() or 1
    with ProcessPoolExecutor(count, mp_context=get_context("spawn")) as pool:
        pending: set[Future[Outcome]] = set()
        while tally.failed is None:
            missing = count * AHEAD - len(pending)
            pending |= {pool.submit(run_alone, plan) for plan in islice(plans, missing)}
            if not pending:
                break
            done, pending = wait(pending, return_when=FIRST_COMPLETED)
            for future in done:
                tally.add(future.result())
                told(tally)
        pool.shutdown(cancel_futures=True)
    return tally


def run_alone(plan: Plan) -> Outcome:
    """Runs a world as one task of a process of its own."""
    with resting_collector():
        return run(plan)


@contextmanager
def resting_collector() -> Iterator[None]:
    """Keeps the garbage collector at rest: it would look at every order of a world again."""
    gc.collect()
    gc.disable()
    try:
        yield
    finally:
        gc.enable()
