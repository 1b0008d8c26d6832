"""What a person sees while the stack comes up: which step, and how long it took."""

import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

from rich.console import Console


@dataclass
class Step:
    """One step while it runs."""

    title: str
    notes: list[str] = field(default_factory=list)
    left_out: list[str] = field(default_factory=list)

    def note(self, text: str) -> None:
        """Adds a word about the outcome."""
        self.notes.append(text)

    def skipped(self, text: str) -> None:
        """Says what the local AWS can't do, and what is done instead."""
        self.left_out.append(text)


class Progress:
    """Prints each step when it ends, and shows the running one on a terminal."""

    def __init__(self, console: Console | None = None) -> None:
        self._console = console or Console(quiet=True)

    @contextmanager
    def step(self, title: str) -> Iterator[Step]:
        """Times what happens inside and prints one line about it."""
        step, started = Step(title), time.monotonic()
        with self._console.status(f"{title} ..."):
            yield step
        seconds = time.monotonic() - started
        self._console.print(
            f"  [green]ok[/] {title:<20} {seconds:5.1f} s  {', '.join(step.notes)}",
            highlight=False,
            soft_wrap=True,
        )
        for line in step.left_out:
            self._console.print(
                f"     [dim]not in the local AWS: {line}[/]", highlight=False, soft_wrap=True
            )
