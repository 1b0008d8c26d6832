"""The `orderbus` command."""

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
from orderbus.welcome import welcome

app = typer.Typer(
    help="Orderbus: an event-driven order pipeline.", no_args_is_help=True, add_completion=False
)


@app.callback()
def orderbus() -> None:
    """Keeps the commands' names when there is only one."""


@app.command()
def up(
    port: Annotated[int | None, typer.Option(help="Default: 4600, or a free one.")] = None,
    state: Annotated[Path, typer.Option(help="Where the data lie.")] = project.DEFAULT_STATE,
    *,
    once: Annotated[bool, typer.Option(help="Stop as soon as everything is up.")] = False,
    seeded: Annotated[bool, typer.Option("--seed/--no-seed", help="Set the catalogue.")] = True,
) -> None:
    """Run the whole product on this machine until Ctrl-C."""
    console = Console()
    signal.signal(signal.SIGTERM, _interrupt)
    try:
        with running(state, port, progress=Progress(console), seeded=seeded) as stack:
            console.print(welcome(stack.api_url, stack.endpoint_url, state), soft_wrap=True)
            try:
                status = 0 if once else stack.wait()
            except KeyboardInterrupt:
                status = 0
            signal.signal(signal.SIGINT, signal.SIG_IGN)  # one Ctrl-C is enough: data are written
            console.print("Stopping ...")
    except KeyboardInterrupt:
        console.print("Stopped before everything was up.")
        sys.exit(130)
    except LocalStackError as error:
        _fail(error)
    sys.exit(1 if status else 0)


@app.command()
def build(target: builds.Target) -> None:
    """Build the layer and every function under .build."""
    try:
        artefacts = builds.build(target)
    except LocalStackError as error:
        _fail(error)
    for artefact in artefacts:
        print(artefact.folder.relative_to(project.ROOT))


def _interrupt(_signal: int, _frame: FrameType | None) -> None:
    raise KeyboardInterrupt


def _fail(error: Exception) -> None:
    print(f"orderbus: {error}", file=sys.stderr)
    raise typer.Exit(1)
