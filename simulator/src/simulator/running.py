"""Runs a world to its end: orders come in, things go wrong, all is mended, all must add up."""

from dataclasses import dataclass
from functools import partial
from itertools import count
from random import Random
from typing import Any

from orderbus.dead_letters.office import Office, Wanted
from shared.clients import client
from simulator import faults, invariants, shoppers, stacks
from simulator.faults import ALL, Rates
from simulator.shoppers import PRICES, Shopper
from simulator.violations import Violation
from simulator.world import World

SECONDS_PER_ORDER = (0.005, 0.02, 0.1)
"""Virtual time between two orders in the mean: a rush, a good day, a slow one."""
MOST_HOURS = 12
"""After so long without all being settled, something hangs."""
STUCK_HOURS = 3
"""After so long without anything new it hangs too: every sweep has come by several times."""
LATEST_REPLAY = 600.0
LOOK_SECONDS, LOOKS_A_ROUND = 5.0, 12
OPERATOR_SECONDS = 600.0


@dataclass(frozen=True)
class Plan:
    """A world to be: the same plan always runs the same way."""

    seed: int
    orders: int
    rates: Rates = ALL
    swarmed: bool = True
    redelivered: bool = False
    """Whether, in the end, every message is delivered once more: nothing may change."""
    follow: tuple[int, int, int] = (85, 10, 5)
    """How many shoppers of a hundred follow their order with no, one, two connections."""
    wire: bool = False
    """Whether botocore serialises, signs, repeats and parses for real: nearer, and slower."""


@dataclass
class Outcome:
    """What became of a world."""

    plan: Plan
    violations: list[Violation]
    invocations: int
    calls: int
    virtual_seconds: float
    statuses: dict[str, int]
    trace: list[tuple[float, str, str]] | None = None


def run(plan: Plan, *, traced: bool = False) -> Outcome:
    """Runs one world to its end and checks it."""
    random = Random(plan.seed)  # noqa: S311 - repeatable, which no secret is
    rates = faults.swarm(plan.rates, random) if plan.swarmed else plan.rates
    world = World(random.getrandbits(64), rates, wire=plan.wire)
    if traced:
        world.trace = []
    with world.alive():
        oversold = invariants.watch_stock(world)
        buyers = _live(world, plan, rates)
        violations = [*oversold, *invariants.check(world, buyers, shoppers.stock(plan.orders))]
        if plan.redelivered and not violations:
            violations = invariants.check_redelivery(world)
    return Outcome(
        plan,
        violations,
        world.invocations,
        world.calls,
        world.loop.now,
        invariants.statuses(world),
        world.trace,
    )


def _live(world: World, plan: Plan, rates: Rates) -> list[Shopper]:
    random, loop, dice = world.random, world.loop, world.dice
    open_shop(world, plan.orders)
    window = plan.orders * random.choice(SECONDS_PER_ORDER)
    buyers = [
        shoppers.shopper(
            number,
            random,
            cancels=dice.strikes(rates.cancel),
            sends_twice=dice.strikes(rates.client_retry),
            follows=random.choices((0, 1, 2), plan.follow)[0],
        )
        for number in range(plan.orders)
    ]
    for buyer in buyers:
        world.start(partial(shoppers.shop, world, buyer), random.uniform(0, window))
    troubled = window + random.choice((60.0, 600.0, 7200.0))
    if dice.strikes(rates.outage):
        troubled = max(troubled, world.outage(window) * random.choice((0, 1)))
    if dice.strikes(rates.replay):
        loop.at(random.uniform(0, window + LATEST_REPLAY), world.replay)
    _suffer(world, loop.now + troubled, at_least=loop.now + window + LATEST_REPLAY)
    dice.healed = True
    world.dead_until.clear()
    settle(world)
    return buyers


def _suffer(world: World, until: float, *, at_least: float) -> None:
    """Lets things go wrong until then, or until there is nothing left that could."""
    for looks in count():
        world.loop.run_until(min(world.loop.now + LOOK_SECONDS, until))
        if world.loop.now >= until or invariants.talks_for_ever(world):
            return
        if world.loop.now > at_least and looks % LOOKS_A_ROUND == 0 and _is_over(world):
            return


def _is_over(world: World) -> bool:
    return invariants.is_quiet(world) and not invariants.parked(world)


def open_shop(world: World, orders: int) -> None:
    """Sets up shop before anything goes wrong: keys, products, and orders knows them."""
    world.dice.healed = True
    set_product = _named(world, "inventory-set-product")
    for sku, pieces in shoppers.stock(orders).items():
        product = {
            "sku": sku,
            "name": sku.title(),
            "unit_price": {"amount": PRICES[sku], "currency": "EUR"},
            "stock": pieces,
        }
        world.loop.spawn(partial(world.invoke, set_product, product))
    world.loop.run_until(world.loop.now + 30)
    world.dice.healed = False


def _named(world: World, name: str) -> Any:  # noqa: ANN401
    wanted = f"orderbus-{stacks.STAGE}-{name}"
    return next(f for f in world.functions.values() if f.name == wanted)


def settle(world: World) -> None:
    """Lets everything end; every ten minutes an operator redrives what died."""
    end = world.loop.now + MOST_HOURS * 3600
    watched, changed_at = invariants.progress(world), world.loop.now
    next_round = world.loop.now + OPERATOR_SECONDS
    while world.loop.now < end:
        if invariants.talks_for_ever(world):
            return
        world.loop.run_until(world.loop.now + 60)
        if world.loop.now >= next_round:
            next_round += OPERATOR_SECONDS
            redrive(world)
            before, watched = watched, invariants.progress(world)
            changed_at = changed_at if watched == before else world.loop.now
        if world.loop.now > changed_at + STUCK_HOURS * 3600:
            return
        if _is_over(world):
            return


def redrive(world: World) -> None:
    """Redrives what died, as an operator does; now and then also what was redriven before."""
    world.move_unread()
    office = Office(client("dynamodb"), client("sqs"), stacks.STAGE, world.now)
    again = world.random.random() < 1 / 10
    letters = office.letters(Wanted(redriven=again))
    for _ in office.redrive(letters, rate=100, pause=world.loop.sleep):
        pass
