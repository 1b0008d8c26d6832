"""Runs a world to its end: orders come in, things go wrong, all is mended, all must add up."""

from dataclasses import dataclass, replace
from random import Random
from typing import Any

from simulator import faults, invariants, shoppers, stacks
from simulator.faults import Rates
from simulator.shoppers import PRICES, Shopper
from simulator.world import World

WINDOW_PER_ORDER = 0.15
"""Seconds of virtual time between two orders in the mean."""
MOST_HOURS = 72
"""After so long without all being settled, something hangs."""
OPERATOR_SECONDS = 600.0


@dataclass(frozen=True)
class Plan:
    """A world to be: the same plan always runs the same way."""

    seed: int
    orders: int
    rates: Rates = Rates()
    swarmed: bool = True
    redelivered: bool = False
    """Whether, in the end, every message is delivered once more: nothing may change."""


@dataclass
class Outcome:
    """What became of a world."""

    plan: Plan
    violations: list[invariants.Violation]
    invocations: int
    calls: int
    virtual_seconds: float
    statuses: dict[str, int]
    trace: list[tuple[float, str, str]] | None = None


def run(plan: Plan, *, traced: bool = False) -> Outcome:
    """Runs one world to its end and checks it."""
    random = Random(plan.seed)
    rates = faults.swarm(plan.rates, random) if plan.swarmed else plan.rates
    world = World(random.getrandbits(64), rates)
    if traced:
        world.trace = []
    with world.alive():
        buyers = _live(world, plan, rates)
        violations = invariants.check(world, buyers, shoppers.stock(plan.orders))
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
    _open(world, plan.orders)
    window = plan.orders * WINDOW_PER_ORDER
    buyers = [
        shoppers.shopper(
            number,
            random,
            cancels=dice.strikes(rates.cancel),
            sends_twice=dice.strikes(rates.client_retry),
        )
        for number in range(plan.orders)
    ]
    for buyer in buyers:
        world.start(lambda b=buyer: shoppers.shop(world, b), random.uniform(0, window))
    if dice.strikes(rates.outage):
        world.outage()
    if dice.strikes(rates.replay):
        loop.at(random.uniform(0, window + 600), world.replay)
    loop.run_until(loop.now + window + random.choice((60.0, 600.0, 7200.0)))
    dice.healed = True
    world.dead_until.clear()
    _settle(world)
    return buyers


def _open(world: World, orders: int) -> None:
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
        world.loop.spawn(lambda p=product: world.invoke(set_product, p))
    world.loop.run_until(world.loop.now + 30)
    world.dice.healed = False


def _named(world: World, name: str) -> Any:  # noqa: ANN401
    wanted = f"orderbus-{stacks.STAGE}-{name}"
    return next(f for f in world.functions.values() if f.name == wanted)


def _settle(world: World) -> None:
    """Lets everything end; every ten minutes an operator redrives what died."""
    end = world.loop.now + MOST_HOURS * 3600
    while world.loop.now < end:
        world.loop.run_until(world.loop.now + 60)
        if world.loop.now % OPERATOR_SECONDS < 60:
            redrive(world)
        if invariants.is_quiet(world):
            return


def redrive(world: World) -> None:
    """Does what an operator does with dead letters."""
    for mapping in world.mappings:
        queue = mapping.queue
        if queue.dead_letter_arn is None:
            continue
        dead = world.cloud.sqs.by_arn[queue.dead_letter_arn]
        rule = world.cloud.sqs.by_arn[queue.arn.replace("-inbox", "-rule-dlq")]
        for source in (dead, rule):
            while source.ready:
                world.cloud.sqs.put(queue, source.ready.popleft().body)


def replanned(plan: Plan, **changes: Any) -> Plan:  # noqa: ANN401
    """Answers the plan with some changes."""
    return replace(plan, **changes)
