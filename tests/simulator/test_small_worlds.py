"""A machine drives small worlds: whatever is done to them in whatever order, they end well."""

from contextlib import ExitStack
from functools import partial

from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, rule

from simulator import invariants, running, shoppers
from simulator.faults import ALL
from simulator.shoppers import METHODS, PRICES, Shopper
from simulator.world import World

ORDERS = 8
CARTS = st.lists(
    st.tuples(st.sampled_from(sorted(PRICES)), st.integers(1, 3)), min_size=1, max_size=3
)


class SmallWorld(RuleBasedStateMachine):
    """One shop with a handful of shoppers, and everything that may happen to it."""

    def __init__(self) -> None:
        super().__init__()
        self.stack = ExitStack()
        self.buyers: list[Shopper] = []

    @initialize(seed=st.integers(0, 2**32), factor=st.sampled_from([0.0, 1.0, 5.0]))
    def open(self, seed: int, factor: float) -> None:
        self.world = self.stack.enter_context(World(seed, ALL.times(factor)).alive())
        self.oversold = invariants.watch_stock(self.world)
        running.open_shop(self.world, ORDERS)

    @rule(
        lines=CARTS,
        method=st.sampled_from(sorted(METHODS)),
        cancels=st.booleans(),
        twice=st.booleans(),
        follows=st.integers(0, 2),
    )
    def order(
        self,
        lines: list[tuple[str, int]],
        method: str,
        *,
        cancels: bool,
        twice: bool,
        follows: int,
    ) -> None:
        buyer = shoppers.buyer(len(self.buyers), self.world.random, lines, method)
        buyer.cancels, buyer.sends_twice, buyer.follows = cancels, twice, follows
        self.buyers.append(buyer)
        self.world.start(partial(shoppers.shop, self.world, buyer), 0.0)

    @rule(seconds=st.sampled_from([0.01, 0.1, 1.0, 31.0, 600.0, 4000.0]))
    def wait(self, seconds: float) -> None:
        self.world.loop.run_until(self.world.loop.now + seconds)

    @rule(seconds=st.sampled_from([30.0, 4000.0]))
    def a_consumer_dies(self, seconds: float) -> None:
        self.world.outage(seconds)

    @rule()
    def the_archive_is_replayed(self) -> None:
        self.world.replay()

    @rule()
    def an_operator_redrives(self) -> None:
        running.redrive(self.world)

    def teardown(self) -> None:
        with self.stack:
            if not hasattr(self, "world"):
                return
            running.settle(self.world)
            found = invariants.check(self.world, self.buyers, shoppers.stock(ORDERS))
            assert [*self.oversold, *found] == []


TestSmallWorld = SmallWorld.TestCase
TestSmallWorld.settings = settings(
    deadline=None,
    max_examples=25,
    stateful_step_count=15,
    suppress_health_check=[HealthCheck.too_slow],
)
