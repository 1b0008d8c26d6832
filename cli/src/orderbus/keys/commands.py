"""The commands of `orderbus keys`."""

import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated

import typer
from botocore.exceptions import BotoCoreError, ClientError

from local_stack import LocalStackError, project, signing_keys, webhook_receivers, webhook_secret
from orderbus.world import World, find_world

app = typer.Typer(help="What signs tracking tokens, and how it is replaced.", no_args_is_help=True)

Stage = Annotated[str, typer.Option(help="The stage, such as dev or prod.")]
State = Annotated[Path, typer.Option(help="Where the data of the local stack lie.")]
OnAws = Annotated[bool, typer.Option("--aws", help="On AWS, even while a local stack runs.")]


@app.command()
def ensure(stage: Stage, state: State = project.DEFAULT_STATE, *, aws: OnAws = False) -> None:
    """Make the keys and secrets of a stage that are missing, as yourself."""
    with _world(state, aws=aws) as world:
        ssm = world.client("ssm")
        made = {"the tracking keys": signing_keys.ensure(ssm, stage)}
        made["the webhook secret"] = webhook_secret.ensure(ssm, stage)
        made["the list of webhooks' receivers"] = webhook_receivers.ensure(ssm, stage)
        for what, new in made.items():
            print(f"{'Made' if new else 'Found'} {what} of {stage} on {world.name}.")


@app.command("list")
def list_keys(
    stage: Stage = "dev", state: State = project.DEFAULT_STATE, *, aws: OnAws = False
) -> None:
    """List the keys that open orders, the oldest first."""
    with _world(state, aws=aws) as world:
        for key in signing_keys.published(world.client("ssm"), stage):
            what = "signs new tokens" if key.signs else "opens older tokens"
            print(f"{key.kid}  {key.made_at or 'made long ago':25}  {what}")
        _note(f"Keys of {stage} on {world.name}")


@app.command()
def rotate(stage: Stage, state: State = project.DEFAULT_STATE, *, aws: OnAws = False) -> None:
    """Sign new tokens with a new key; nobody is logged out, older tokens stay good."""
    with _world(state, aws=aws) as world:
        _note(f"Publishing a new key of {stage} on {world.name}; signing with it in seconds ...")
        kid = signing_keys.rotate(world.client("ssm"), stage, time.sleep)
        print(f"{kid} signs the tokens of {stage} within five minutes.")
        _note("Retire the old key once its tokens have expired: 30 days from then.")


@app.command()
def retire(
    kid: Annotated[str, typer.Argument(help="The key's id; see: orderbus keys list")],
    stage: Stage,
    state: State = project.DEFAULT_STATE,
    *,
    yes: Annotated[bool, typer.Option("--yes", "-y", help="Don't ask.")] = False,
    aws: OnAws = False,
) -> None:
    """Make the tokens that an old key signed open nothing any more."""
    with _world(state, aws=aws) as world:
        if not yes:
            question = f"Shut out whoever holds a token that {kid} signed, on {world.name}?"
            typer.confirm(question, abort=True, err=True)
        signing_keys.retire(world.client("ssm"), stage, kid)
        print(f"{kid} opens nothing of {stage} any more, six minutes from now at the latest.")


@contextmanager
def _world(state: Path, *, aws: bool) -> Iterator[World]:
    """Answers where to work; whatever goes wrong there is one line and exit code 1."""
    try:
        yield find_world(state, aws=aws)
    except (LocalStackError, ClientError, BotoCoreError) as error:
        _note(f"orderbus: {error}")
        raise typer.Exit(1) from error


def _note(line: str) -> None:
    print(line, file=sys.stderr)
