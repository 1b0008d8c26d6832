"""The `orderbus` command.

Each command imports what only it needs when it runs, so that none waits for the others' parts.
"""

import signal
import sys
from pathlib import Path
from types import FrameType
from typing import Annotated

import typer
from rich.console import Console

from local_stack import LocalStackError, project, running
from local_stack import build as builds
from local_stack.progress import Progress
from local_stack.running import addresses
from orderbus import browsing
from orderbus.dead_letters import commands as dead_letters
from orderbus.keys import commands as keys
from orderbus.simulating import commands as simulating
from orderbus.webhooks import commands as webhooks
from orderbus.welcome import welcome

app = typer.Typer(
    help="Orderbus: an event-driven order pipeline.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
)
app.add_typer(dead_letters.app, name="dead-letters")
app.add_typer(keys.app, name="keys")
app.add_typer(simulating.app, name="simulate")
app.add_typer(webhooks.app, name="webhooks")


@app.command()
def up(
    port: Annotated[int | None, typer.Option(help="Default: 4600, or a free one.")] = None,
    state: Annotated[Path, typer.Option(help="Where the data lie.")] = project.DEFAULT_STATE,
    *,
    once: Annotated[bool, typer.Option(help="Stop as soon as everything is up.")] = False,
    seeded: Annotated[bool, typer.Option("--seed/--no-seed", help="Set the catalogue.")] = True,
    opened: Annotated[
        bool | None,
        typer.Option("--open/--no-open", help="Open the shop. Default: on a desktop's terminal."),
    ] = None,
) -> None:
    """Run the whole product on this machine until Ctrl-C."""
    console = Console()
    for wish in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(wish, _stop_once)
    try:
        with running(state, port, progress=Progress(console), seeded=seeded) as stack:
            console.print(
                welcome(stack.api_url, stack.storefront_url, stack.endpoint_url, state),
                soft_wrap=True,
                highlight=False,
            )
            if browsing.is_wanted(opened):
                browsing.show(stack.storefront_url)
            if not once:
                stack.wait()
    except KeyboardInterrupt:
        console.print("Stopped; make run finds the data again.")
    except LocalStackError as error:
        _fail(error)


@app.command()
def env(
    state: Annotated[Path, typer.Option(help="Where the data lie.")] = project.DEFAULT_STATE,
) -> None:
    """Print the running stack's addresses and credentials for a shell's eval."""
    try:
        found = addresses(state)
    except LocalStackError as error:
        _fail(error)
    print(f"export ORDERBUS_API_URL='{found['api_url']}'")
    print(f"export ORDERBUS_STOREFRONT_URL='{found['storefront_url']}'")
    print(f"export AWS_ENDPOINT_URL='{found['endpoint_url']}'")
    print("export AWS_ACCESS_KEY_ID=test AWS_SECRET_ACCESS_KEY=test AWS_DEFAULT_REGION=us-east-1")


@app.command()
def docs() -> None:
    """Write the pages under docs that are made from the templates."""
    from orderbus import functions

    functions.write()


@app.command()
def schemas() -> None:
    """Write the contracts' JSON Schemas, and the documents of the HTTP API and the channels."""
    from orderbus import asyncapi, openapi, order_update
    from orderbus import schemas as contracts

    for made in (contracts, order_update, asyncapi, openapi):
        made.write()


@app.command()
def build(target: builds.Target) -> None:
    """Build the layer and every function under .build."""
    try:
        artefacts = builds.build(target)
    except LocalStackError as error:
        _fail(error)
    for artefact in artefacts:
        print(artefact.folder.relative_to(project.ROOT))


def _stop_once(_signal: int, _frame: FrameType | None) -> None:
    """Stops; from then on further wishes are ignored, for the data are being written."""
    for wish in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(wish, signal.SIG_IGN)
    print("\nStopping ...", flush=True)
    raise KeyboardInterrupt


def _fail(error: Exception) -> None:
    print(f"orderbus: {error}", file=sys.stderr)
    raise typer.Exit(1)
