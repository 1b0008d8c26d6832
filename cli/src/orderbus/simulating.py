"""`orderbus simulate`: the pipeline in virtual time, with everything going wrong."""

import sys
import time
from typing import Annotated

import typer
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn
from rich.table import Table

from simulator import faults
from simulator.campaigns import Campaign, Tally, run_all
from simulator.faults import ALL, NONE, Rates
from simulator.invariants import Violation
from simulator.mutants import Kill, hunt_all
from simulator.running import Plan, run
from simulator.shrinking import shrink
from simulator.timeline import timeline

MOST_LINES = 120


def simulate(
    orders: Annotated[int, typer.Option(min=1, help="How many checkouts.")] = 10_000,
    seed: Annotated[int, typer.Option(min=0, help="The same seed, the same run.")] = 1,
    fault: Annotated[
        list[str] | None,
        typer.Option(help="KIND=RATE; may be given again. `none=0` turns all others off."),
    ] = None,
    workers: Annotated[int | None, typer.Option(min=1, help="Default: all processors.")] = None,
    world: Annotated[
        int | None, typer.Option(help="Run this one world again, of --orders checkouts.")
    ] = None,
    *,
    redelivered: Annotated[
        bool, typer.Option(help="With --world: deliver everything once more in the end.")
    ] = False,
    wire: Annotated[
        bool,
        typer.Option("--wire", help="Let botocore sign, send, repeat and parse for real: slower."),
    ] = False,
    kinds: Annotated[bool, typer.Option("--kinds", help="List the kinds of faults.")] = False,
    mutants: Annotated[
        bool, typer.Option("--mutants", help="Plant known bugs instead: each must be found.")
    ] = False,
) -> None:
    """Run the product's handlers and templates in virtual time, with faults of every kind."""
    console = Console()
    if kinds:
        _list_kinds(console)
        return
    if mutants:
        _hunt(console, orders)
        return
    rates = _rates(fault or [])
    if world is not None:
        plan = Plan(world, orders, rates, redelivered=redelivered, wire=wire)
        if _explain(console, plan):
            raise typer.Exit(1)
        console.print(f"World {world} keeps every promise.")
        return
    began = time.monotonic()
    tally = _run(console, Campaign(orders, seed, rates, wire), workers)
    _summarise(console, tally, time.monotonic() - began)
    if tally.failed is not None:
        _report(console, *tally.failed)
        raise typer.Exit(1)


def _hunt(console: Console, orders: int) -> None:
    kills = hunt_all(orders, told=lambda kill: print(_line(kill)))
    if any(kill.promise is None for kill in kills):
        console.print("[bold red]A planted bug was not found.[/]")
        raise typer.Exit(1)
    console.print(f"All {len(kills)} planted bugs were found.")


def _line(kill: Kill) -> str:
    found = f"after {kill.orders:4} orders: {kill.promise}" if kill.promise else "NOT FOUND"
    return f"{kill.mutant:52} {found}"


def _run(console: Console, campaign: Campaign, workers: int | None) -> Tally:
    columns = (
        TextColumn("simulating"),
        BarColumn(),
        MofNCompleteColumn(),
        TimeElapsedColumn(),
        TextColumn("{task.fields[rate]:.0f} orders/s"),
    )
    began = time.monotonic()
    with Progress(*columns, console=console) as progress:
        bar = progress.add_task("", total=campaign.orders, rate=0.0)

        def told(tally: Tally) -> None:
            rate = tally.orders / max(0.001, time.monotonic() - began)
            progress.update(bar, completed=tally.orders, rate=rate)

        return run_all(campaign, told=told, workers=workers)


def _summarise(console: Console, tally: Tally, seconds: float) -> None:
    ended = ", ".join(f"{count} {status}" for status, count in sorted(tally.statuses.items()))
    refused = tally.orders - sum(tally.statuses.values())
    console.print(
        f"{tally.orders} checkouts in {tally.worlds} worlds, {seconds:.1f} s: "
        f"{tally.orders / seconds:.0f} a second.\n"
        f"{ended}, {refused} refused at checkout; "
        f"{tally.invocations} invocations, {tally.calls} AWS calls.",
        highlight=False,
    )
    if tally.failed is None:
        console.print("Every promise was kept.")


def _report(console: Console, plan: Plan, violations: list[Violation]) -> None:
    console.print(f"\n[bold red]Broken[/] in world {plan.seed} of {plan.orders} orders:")
    for violation in violations[:5]:
        console.print(f"  {violation}", highlight=False, markup=False)
    again = f"orderbus simulate --world {plan.seed} --orders {plan.orders}"
    flags = [f" --{name}" for name in ("redelivered", "wire") if getattr(plan, name)]
    console.print(f"The same again: {again}{''.join(flags)}")
    console.print("Looking for a smaller world that fails ...")
    smallest = shrink(plan, told=lambda what: console.print(f"  {what}", highlight=False))
    console.print(
        f"The smallest found: seed {smallest.seed}, {smallest.orders} orders, faults "
        + (", ".join(k for k in faults.KINDS if getattr(smallest.rates, k)) or "none")
    )
    _explain(console, smallest)


def _explain(console: Console, plan: Plan) -> bool:
    """Prints the violations of a world and the story of the first order among them."""
    outcome = run(plan, traced=True)
    if not outcome.violations:
        return False
    for violation in outcome.violations[:5]:
        console.print(f"  {violation}", highlight=False, markup=False)
    broken = next((v.transaction_id for v in outcome.violations if v.transaction_id), None)
    table = Table("at s", "who", "what", title=f"The story of {broken or 'the world'}")
    for line in timeline(outcome, broken)[:MOST_LINES]:
        table.add_row(f"{line.at:.3f}", line.who, line.what)
    console.print(table, markup=False)
    return True


def _rates(given: list[str]) -> Rates:
    rates = {kind: getattr(ALL, kind) for kind in faults.KINDS}
    for text in given:
        kind, _, rate = text.partition("=")
        if kind == "none":
            rates = {k: getattr(NONE, k) for k in faults.KINDS}
            continue
        if kind not in faults.KINDS or not _is_probability(rate):
            print(
                f"orderbus: {text!r} is no fault: KIND=RATE, a rate from 0 to 1, "
                f"a kind of {', '.join(faults.KINDS)}",
                file=sys.stderr,
            )
            raise typer.Exit(1)
        rates[kind] = float(rate)
    return Rates(**rates)


def _is_probability(text: str) -> bool:
    try:
        return 0.0 <= float(text) <= 1.0
    except ValueError:
        return False


def _list_kinds(console: Console) -> None:
    table = Table("kind", "default rate")
    for kind in faults.KINDS:
        table.add_row(kind, str(getattr(ALL, kind)))
    console.print(table)
