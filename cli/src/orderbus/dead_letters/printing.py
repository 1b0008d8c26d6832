"""Dead letters as an engineer reads them in a terminal."""

import json
from collections.abc import Sequence
from datetime import datetime

from rich.console import Console
from rich.table import Table
from rich.text import Text

from shared.dead_letters import DeadLetter
from shared.events import Envelope

WIDE = 240
"""Columns of an output that is no terminal: nobody's pipe wants ids cut short."""


def console() -> Console:
    """Answers the terminal, or an output wide enough for every line."""
    found = Console(highlight=False)
    return found if found.is_terminal else Console(highlight=False, width=WIDE)


def table(letters: Sequence[DeadLetter], *, redriven: bool) -> Table:
    """Answers a line for each dead letter."""
    drawn = Table(box=None, pad_edge=False, header_style="bold")
    for name in ("died", "service", "hop", "event", "error", "attempts", "transaction"):
        drawn.add_column(name, overflow="fold")
    drawn.add_column("id", overflow="fold", min_width=8)
    if redriven:
        drawn.add_column("redriven")
    for letter in letters:
        cells = [
            moment(letter.died_at),
            letter.service,
            letter.hop,
            letter.detail_type or "?",
            letter.error,
            str(letter.attempts),
            letter.transaction_id or "-",
            letter.dead_letter_id,
        ]
        if redriven:
            cells.append(moment(letter.redriven_at) if letter.redriven_at else "-")
        drawn.add_row(*map(plain, cells))
    return drawn


def details(letter: DeadLetter) -> Table:
    """Answers all that is known of one dead letter but its body."""
    drawn = Table(box=None, pad_edge=False, show_header=False)
    drawn.add_column(style="bold")
    drawn.add_column(overflow="fold")
    redriven = f"{letter.redrives} times" if letter.redrives else "no"
    if letter.redriven_at:
        redriven += f", last {moment(letter.redriven_at)}"
    told = {
        "id": letter.dead_letter_id,
        "service": letter.service,
        "hop": letter.hop,
        "event": f"{letter.detail_type or '?'} {letter.event_id or ''}",
        "transaction": letter.transaction_id or "-",
        "error": letter.error,
        "reason": letter.reason,
        "attempts": str(letter.attempts),
        "died": moment(letter.died_at),
        "redriven": redriven,
    }
    if letter.replay_name:
        told["replay"] = letter.replay_name
    for name, value in told.items():
        drawn.add_row(name, plain(value))
    return drawn


def body(letter: DeadLetter) -> Text:
    """Answers the message itself: indented when it is JSON, else as it came."""
    try:
        text = json.dumps(json.loads(letter.body), indent=2)
    except (ValueError, RecursionError):
        text = letter.body
    return plain(text, keep="\n")


def story(envelopes: Sequence[Envelope]) -> Table:
    """Answers a line for each event that was heard of an order."""
    drawn = Table(box=None, pad_edge=False, header_style="bold")
    for name in ("#", "at", "source", "event"):
        drawn.add_column(name)
    for number, envelope in enumerate(envelopes, start=1):
        at = moment(envelope.metadata.occurred_at)
        drawn.add_row(str(number), at, envelope.service, envelope.detail_type)
    return drawn


def moment(at: datetime) -> str:
    """Answers a time to the second."""
    return at.strftime("%Y-%m-%d %H:%M:%SZ")


def plain(text: str, keep: str = "") -> Text:
    """Answers text of a message as text alone: no markup, nothing that steers a terminal."""
    return Text(
        "".join(c if c.isprintable() or c in keep else "\N{REPLACEMENT CHARACTER}" for c in text)
    )
