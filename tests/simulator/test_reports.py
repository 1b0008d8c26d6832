"""What somebody gets who runs the simulator: a summary, or the story of what went wrong."""

from dataclasses import replace
from pathlib import Path

from typer.testing import CliRunner

from orderbus.main import app
from simulator.faults import ALL, KINDS
from simulator.mutants import MUTANTS, Mutant
from simulator.running import Plan, run
from simulator.shrinking import shrink
from simulator.timeline import timeline

ROOT = Path(__file__).resolve().parents[2]


def _mutant(name: str) -> Mutant:
    return next(mutant for mutant in MUTANTS if name in mutant.name)


def test_a_failing_world_is_made_as_small_as_it_can_be_and_still_fails() -> None:
    with _mutant("not read").planted():
        rates = replace(ALL, refused_entry=0.05)
        plans = (Plan(seed, orders=24, rates=rates, swarmed=False) for seed in range(50))
        failing = next(plan for plan in plans if run(plan).violations)
        smallest = shrink(failing, told=lambda _what: None, most_runs=60)
        assert run(smallest).violations
    assert smallest.orders < failing.orders
    kinds = {kind for kind, rate in vars(smallest.rates).items() if rate}
    assert "refused_entry" in kinds
    assert len(kinds) < len(KINDS) / 2


def test_the_story_of_an_order_tells_who_did_what_when() -> None:
    outcome = run(Plan(seed=1, orders=5, swarmed=False), traced=True)
    (placed, *_) = [entry for entry in outcome.trace or () if "-> 202" in entry[2]]
    transaction = placed[2].partition('"transaction_id":"')[2][:36]
    lines = timeline(outcome, transaction)
    assert [line.at for line in lines] == sorted(line.at for line in lines)
    assert {"orders-checkout", "inventory-on-inbox", "shopper"} <= {line.who for line in lines}
    assert not any("tracking_token" in line.what for line in lines)


def test_a_broken_promise_is_told_with_its_story_and_an_exit_status() -> None:
    with _mutant("unconditionally").planted():
        arguments = ["simulate", "world", "3", "--orders", "60"]
        result = CliRunner().invoke(app, arguments, terminal_width=200)
    assert result.exit_code == 1
    assert "The story of" in result.output


def test_a_world_that_keeps_its_promises_says_so() -> None:
    arguments = ["simulate", "world", "3", "--orders", "20", "--fault", "none=0"]
    result = CliRunner().invoke(app, arguments)
    assert (result.exit_code, result.output) == (0, "World 3 keeps every promise.\n")


def test_a_fault_that_is_none_is_refused_with_the_kinds_that_are() -> None:
    for wrong in ("craash=0.1", "lost=2", "lost"):
        result = CliRunner().invoke(app, ["simulate", "--fault", wrong])
        assert result.exit_code == 1
        assert "crash_before" in result.output


def test_the_page_names_every_planted_bug() -> None:
    page = (ROOT / "docs" / "simulator.md").read_text()
    assert [m.name for m in MUTANTS if f"| {m.name} |" not in page] == []
