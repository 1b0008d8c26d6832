"""The commands of `orderbus simulate`.

Each imports what it runs when it runs: the whole product, which other commands shall not wait for.
"""

import sys
from typing import Annotated

import typer
from rich.console import Console
from rich.table import Table

from simulator import faults
from simulator.faults import Rates

app = typer.Typer(
    help="Run the product's handlers and templates in virtual time, with faults of every kind.",
    invoke_without_command=True,
)

Orders = Annotated[int, typer.Option(min=1, help="How many checkouts.")]
Given = Annotated[
    list[str] | None,
    typer.Option("--fault", help="KIND=RATE; may be given again. `none=0` turns all others off."),
]
Wire = Annotated[
    bool, typer.Option("--wire", help="Let botocore sign, send, repeat and parse for real: slower.")
]


@app.callback()
def simulate(
    context: typer.Context,
    orders: Orders = 10_000,
    seed: Annotated[int, typer.Option(min=0, help="The same seed, the same run.")] = 1,
    fault: Given = None,
    workers: Annotated[int | None, typer.Option(min=1, help="Default: all processors.")] = None,
    *,
    wire: Wire = False,
) -> None:
    """Run the product's handlers and templates in virtual time, with faults of every kind."""
    if context.invoked_subcommand is not None:
        return
    from orderbus.simulating import showing
    from simulator.campaigns import Campaign

    campaign = Campaign(orders, seed, _rates(fault), wire)
    _end(kept=showing.campaign(campaign, workers))


@app.command()
def world(
    seed: Annotated[int, typer.Argument(metavar="SEED", help="The world's own seed.")],
    orders: Orders = 400,
    fault: Given = None,
    *,
    redelivered: Annotated[
        bool, typer.Option("--redelivered", help="Deliver everything once more in the end.")
    ] = False,
    even: Annotated[
        bool, typer.Option("--even", help="Every kind at its rate: else some are rarer.")
    ] = False,
    wire: Wire = False,
) -> None:
    """Run one world again and tell the story of an order for which it broke a promise."""
    from orderbus.simulating import showing
    from simulator.running import Plan

    rates = _rates(fault)
    plan = Plan(seed, orders, rates, swarmed=not even, redelivered=redelivered, wire=wire)
    _end(kept=showing.world(plan))


@app.command()
def mutants(
    orders: Annotated[int, typer.Option(min=40, help="How many checkouts each at most.")] = 2_000,
) -> None:
    """Plant known bugs, one at a time: each must be found."""
    from orderbus.simulating import showing

    _end(kept=showing.mutants(orders))


@app.command()
def kinds() -> None:
    """List the kinds of faults and their rates."""
    table = Table("kind", "default rate")
    for kind in faults.KINDS:
        table.add_row(kind, str(getattr(faults.ALL, kind)))
    Console().print(table)


def _rates(given: list[str] | None) -> Rates:
    try:
        return faults.parsed(given or [])
    except ValueError as error:
        print(f"orderbus: {error}", file=sys.stderr)
        raise typer.Exit(1) from error


def _end(*, kept: bool) -> None:
    if not kept:
        raise typer.Exit(1)
