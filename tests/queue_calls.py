"""Random doings with a queue and its dead-letter queue, the same for whoever has queues."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any, Protocol

from botocore.exceptions import ClientError
from hypothesis import strategies as st

INBOX, DEAD = "inbox", "dead"
MOST_RECEIVES = 2
VISIBILITY = 30
MOST_MESSAGES = 8
"""Fewer than one receipt takes, so that it takes all: which ones else, no standard queue says."""


class Queues(Protocol):
    """An inbox and its dead-letter queue."""

    def send(self, body: str) -> None:
        """Sends a message to the inbox."""

    def receive(self, queue: str) -> dict[str, tuple[str, int]]:
        """Receives all that can be received: by body, the receipt and the receive count."""

    def hide(self, queue: str, receipt: str, seconds: int) -> None:
        """Changes the visibility of a message in flight."""

    def delete(self, queue: str, receipt: str) -> None:
        """Deletes a message."""

    def wait(self, seconds: float) -> None:
        """Lets time pass."""


@dataclass(frozen=True)
class Doing:
    """One thing that is done: what, with which queue, to which message, for how long."""

    what: str
    queue: str = INBOX
    message: int = 0
    seconds: int = 0


queues = st.sampled_from([INBOX, INBOX, INBOX, DEAD])
messages = st.integers(0, MOST_MESSAGES - 1)
sends = st.builds(Doing, st.just("send"))
receipts = st.builds(Doing, st.just("receive"), queues)
deletes = st.builds(Doing, st.just("delete"), queues, messages)
shows = st.builds(Doing, st.just("hide"), queues, messages, st.just(0))
hides = st.builds(Doing, st.just("hide"), queues, messages, st.sampled_from([1, 20, 60]))
waits = st.builds(Doing, st.just("wait"), seconds=st.sampled_from([1, 10, 31]))

timeless = st.lists(st.one_of(sends, receipts, receipts, shows, deletes), max_size=25)
timely = st.lists(st.one_of(sends, receipts, receipts, shows, hides, deletes, waits), max_size=25)


def seen(over: Queues, doings: Iterable[Doing]) -> list[Any]:
    """Answers what is seen of the messages, in a comparable form."""
    known: dict[tuple[str, str], str] = {}
    told: list[Any] = []
    sent = 0
    for doing in doings:
        receipt = known.get((doing.queue, f"message {doing.message}"))
        match doing.what:
            case "send" if sent < MOST_MESSAGES:
                over.send(f"message {sent}")
                sent += 1
            case "receive":
                received = over.receive(doing.queue)
                known |= {(doing.queue, body): handle for body, (handle, _) in received.items()}
                told.append(sorted((body, count) for body, (_, count) in received.items()))
            case "delete" if receipt is not None:
                over.delete(doing.queue, receipt)
            case "hide" if receipt is not None:
                told.append(_hidden(over, doing, receipt))
            case "wait":
                over.wait(doing.seconds + 0.01)
    return told


def _hidden(over: Queues, doing: Doing, receipt: str) -> str:
    try:
        over.hide(doing.queue, receipt, doing.seconds)
    except ClientError:
        return "refused"
    return "hidden"
