"""What the simulator has to say, on a terminal; each answers whether all promises were kept."""

import time

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn
from rich.table import Table

from simulator import faults
from simulator.campaigns import Campaign, Tally, run_all
from simulator.mutants import Kill, hunt_all
from simulator.running import Plan, run
from simulator.shrinking import shrink
from simulator.timeline import timeline
from simulator.violations import Violation

MOST_LINES = 120


def campaign(wanted: Campaign, workers: int | None) -> bool:
    """Runs a campaign; of a world that fails it looks for the smallest and tells its story."""
    console = Console()
    began = time.monotonic()
    tally = _run(console, wanted, workers)
    _summarise(console, tally, time.monotonic() - began)
    if tally.failed is None:
        return True
    _report(console, *tally.failed)
    return False


def world(plan: Plan) -> bool:
    """Runs one world and tells the story of its first broken promise."""
    console = Console()
    if _explain(console, plan):
        return False
    console.print(f"World {plan.seed} keeps every promise.")
    return True


def mutants(orders: int) -> bool:
    """Hunts every mutant; answers whether all were found."""
    console = Console()
    kills = hunt_all(orders, told=lambda kill: print(_line(kill)))
    if any(kill.promise is None for kill in kills):
        console.print("[bold red]A planted bug was not found.[/]")
        return False
    console.print(f"All {len(kills)} planted bugs were found.")
    return True


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
    console.print(f"The same again: {_command(plan)}", soft_wrap=True, highlight=False)
    console.print("Looking for a smaller world that fails ...")
    smallest = shrink(plan, told=lambda what: console.print(f"  {what}", highlight=False))
    console.print(
        f"The smallest found: seed {smallest.seed}, {smallest.orders} orders, faults "
        + (", ".join(k for k in faults.KINDS if getattr(smallest.rates, k)) or "none")
    )
    console.print(f"It again: {_command(smallest)}", soft_wrap=True, highlight=False)
    _explain(console, smallest)


def _command(plan: Plan) -> str:
    """Answers the command that runs a world again."""
    words = [f"orderbus simulate world {plan.seed} --orders {plan.orders}"]
    words += [
        f"--fault {kind}={getattr(plan.rates, kind):g}"
        for kind in faults.KINDS
        if getattr(plan.rates, kind) != getattr(faults.ALL, kind)
    ]
    words += [f"--{name}" for name in ("redelivered", "wire") if getattr(plan, name)]
    if not plan.swarmed:
        words.append("--even")
    return " ".join(words)


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
