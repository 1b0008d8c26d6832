"""The commands of `orderbus webhooks`."""

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated

import typer
from botocore.exceptions import BotoCoreError, ClientError

from local_stack import project
from orderbus.webhooks.office import Office
from orderbus.world import find_world
from shared.errors import OrderbusError

app = typer.Typer(help="Who gets merchant webhooks, signed by which secrets.", no_args_is_help=True)

Name = Annotated[str, typer.Argument(help="The receiver's name, such as shop.")]
Stage = Annotated[str, typer.Option(help="The stage, such as dev or prod.")]
State = Annotated[Path, typer.Option(help="Where the data of the local stack lie.")]
OnAws = Annotated[bool, typer.Option("--aws", help="On AWS, even while a local stack runs.")]

SOON = "It is used within five minutes."


@app.command("list")
def list_receivers(
    stage: Stage = "dev", state: State = project.DEFAULT_STATE, *, aws: OnAws = False
) -> None:
    """List the receivers, without their secrets."""
    with _office(stage, state, aws=aws) as office:
        for receiver in office.receivers():
            print(f"{receiver.id}\t{receiver.url}\t{len(receiver.secrets)} secret(s)")


@app.command()
def add(
    name: Name,
    url: Annotated[str, typer.Argument(help="Where it takes POST requests: https://…")],
    stage: Stage = "dev",
    state: State = project.DEFAULT_STATE,
    *,
    aws: OnAws = False,
) -> None:
    """Add a receiver and print the secret that its deliveries are signed with."""
    with _office(stage, state, aws=aws) as office:
        print(office.add(name, url))
    _note(SOON)


@app.command()
def rotate(
    name: Name, stage: Stage = "dev", state: State = project.DEFAULT_STATE, *, aws: OnAws = False
) -> None:
    """Add a new secret and print it; until `retire` every delivery is signed with the old, too."""
    with _office(stage, state, aws=aws) as office:
        print(office.rotate(name))
    _note(f"{SOON} When the receiver checks by it: orderbus webhooks retire {name}")


@app.command()
def retire(
    name: Name, stage: Stage = "dev", state: State = project.DEFAULT_STATE, *, aws: OnAws = False
) -> None:
    """Let only the newest secret of a receiver sign."""
    with _office(stage, state, aws=aws) as office:
        _note(f"{office.retire(name)} older secret(s) retired. {SOON}")


@app.command()
def remove(
    name: Name, stage: Stage = "dev", state: State = project.DEFAULT_STATE, *, aws: OnAws = False
) -> None:
    """Remove a receiver; what is on its way to it is dropped."""
    with _office(stage, state, aws=aws) as office:
        office.remove(name)
    _note(f"Removed {name}. {SOON}")


@contextmanager
def _office(stage: str, state: Path, *, aws: bool) -> Iterator[Office]:
    """Answers the office of the world that is meant; what goes wrong is one line."""
    try:
        yield Office(find_world(state, aws=aws).client("ssm"), stage)
    except (OrderbusError, BotoCoreError, ClientError) as error:
        print(f"orderbus: {error}", file=sys.stderr)
        raise typer.Exit(1) from error


def _note(text: str) -> None:
    print(text, file=sys.stderr)
