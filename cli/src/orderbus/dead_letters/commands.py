"""The commands of `orderbus dead-letters`."""

import sys
import time
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated

import typer
from botocore.exceptions import BotoCoreError, ClientError
from rich.console import Console
from rich.progress import track

from local_stack import project
from orderbus.dead_letters import printing
from orderbus.dead_letters.office import Office, OfficeError, Wanted
from orderbus.world import World, find_world
from shared.clock import now
from shared.dead_letters import DeadLetter
from shared.errors import OrderbusError

app = typer.Typer(help="What died, why, and how it gets back to work.", no_args_is_help=True)

Stage = Annotated[str, typer.Option(help="The stage, such as dev or prod.")]
State = Annotated[Path, typer.Option(help="Where the data of the local stack lie.")]
OnAws = Annotated[bool, typer.Option("--aws", help="On AWS, even while a local stack runs.")]
Service = Annotated[str | None, typer.Option(help="Only what died on its way to this service.")]
Error = Annotated[str | None, typer.Option(help="Only what died of this error.")]
Transaction = Annotated[str | None, typer.Option(help="Only what belongs to this order.")]


@app.command("list")
def list_letters(
    service: Service = None,
    error: Error = None,
    transaction: Transaction = None,
    stage: Stage = "dev",
    state: State = project.DEFAULT_STATE,
    *,
    everything: Annotated[bool, typer.Option("--all", help="Redriven ones, too.")] = False,
    aws: OnAws = False,
) -> None:
    """List what died, the newest first."""
    with _office(stage, state, aws=aws) as (office, world):
        letters = office.letters(Wanted(service, error, transaction, redriven=everything))
    if letters:
        printing.console().print(printing.table(letters, redriven=everything))
    _note(f"{_counted(letters)} on {world.name}")


@app.command()
def show(
    letter_id: Annotated[str, typer.Argument(metavar="ID", help="Its id, or the beginning.")],
    stage: Stage = "dev",
    state: State = project.DEFAULT_STATE,
    *,
    aws: OnAws = False,
) -> None:
    """Show one dead letter whole, and the story of its order."""
    with _office(stage, state, aws=aws) as (office, _world):
        (letter,) = office.find([letter_id])
        story = office.story(letter)
    console = printing.console()
    console.print(printing.details(letter))
    console.print()
    console.print(printing.body(letter), soft_wrap=True)
    if story:
        console.print()
        console.print(printing.story(story))


@app.command()
def redrive(
    letter_ids: Annotated[list[str] | None, typer.Argument(metavar="ID...")] = None,
    service: Service = None,
    error: Error = None,
    transaction: Transaction = None,
    stage: Stage = "dev",
    state: State = project.DEFAULT_STATE,
    rate: Annotated[float, typer.Option(help="Messages per second at most.")] = 10,
    *,
    everything: Annotated[bool, typer.Option("--everything", help="All that died.")] = False,
    again: Annotated[bool, typer.Option("--again", help="Redriven ones, too.")] = False,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Only say what would be.")] = False,
    yes: Annotated[bool, typer.Option("--yes", "-y", help="Don't ask.")] = False,
    aws: OnAws = False,
) -> None:
    """Send dead letters to their service's inbox again (never to the bus)."""
    ids = letter_ids or []
    with _office(stage, state, aws=aws) as (office, world):
        wanted = Wanted(service, error, transaction, redriven=again)
        _check_choice(ids, wanted, everything=everything)
        if rate <= 0:
            raise OfficeError("--rate must be more than 0")
        found = office.find(ids) if ids else office.letters(wanted)
        letters = [letter for letter in found if again or letter.redriven_at is None]
        _say_skipped(found, letters)
        if not letters or dry_run:
            if letters:
                printing.console().print(printing.table(letters, redriven=again))
            _note(f"{_counted(letters)} to redrive on {world.name}")
            return
        if not yes:
            typer.confirm(f"Redrive {_counted(letters)} on {world.name}?", abort=True, err=True)
        done = _redrive(office, letters, rate)
        _note(f"{done} redriven on {world.name}")


def _redrive(office: Office, letters: Sequence[DeadLetter], rate: float) -> int:
    """Redrives the oldest first, as they would have been worked on; answers how many."""
    done = 0
    oldest_first = sorted(letters, key=lambda letter: letter.died_at)
    progress = office.redrive(oldest_first, rate=rate, pause=time.sleep)
    bar = Console(stderr=True)
    try:
        for _ in track(
            progress, "Redriving", len(letters), console=bar, disable=not bar.is_terminal
        ):
            done += 1
    except (ClientError, BotoCoreError) as error:
        raise OfficeError(f"stopped after {done} of {len(letters)}: {error}") from error
    return done


def _check_choice(ids: Sequence[str], wanted: Wanted, *, everything: bool) -> None:
    filtered = (wanted.service, wanted.error, wanted.transaction) != (None, None, None)
    if sum((bool(ids), filtered, everything)) != 1:
        raise OfficeError(
            "say what to redrive: ids, or --service, --error, --transaction, or --everything"
        )


def _say_skipped(found: Sequence[DeadLetter], letters: Sequence[DeadLetter]) -> None:
    if len(found) > len(letters):
        _note(f"{len(found) - len(letters)} redriven before are left out; --again takes them, too")


def _counted(letters: Sequence[DeadLetter]) -> str:
    """Answers how many there are, and of which service."""
    by_service = Counter(letter.service for letter in letters)
    parts = ", ".join(f"{count} of {service}" for service, count in sorted(by_service.items()))
    noun = "dead letter" if len(letters) == 1 else "dead letters"
    return f"{len(letters)} {noun}" + (f" ({parts})" if parts else "")


@contextmanager
def _office(stage: str, state: Path, *, aws: bool) -> Iterator[tuple[Office, World]]:
    """Answers the office of a stage; whatever goes wrong in it is one line and exit code 1."""
    try:
        world = find_world(state, aws=aws)
        yield Office(world.client("dynamodb"), world.client("sqs"), stage, now), world
    except ClientError as error:
        code = error.response.get("Error", {}).get("Code", "")
        missing = code in {"ResourceNotFoundException", "AWS.SimpleQueueService.NonExistentQueue"}
        hint = f"is stage {stage} deployed on {world.name}? " if missing else ""
        _fail(f"{hint}{error}")
    except (OfficeError, OrderbusError, BotoCoreError) as error:
        _fail(str(error))


def _note(line: str) -> None:
    print(line, file=sys.stderr)


def _fail(line: str) -> None:
    _note(f"orderbus: {line}")
    raise typer.Exit(1)
