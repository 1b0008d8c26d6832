"""Records and their short history: what caused each transition, and what it published.

It is what makes "commit, publish, acknowledge" safe without an outbox: a redelivered message finds
its own transition and publishes the same events with the same ids.
"""

from collections.abc import Iterable
from datetime import datetime
from typing import Any, Self

from pydantic import AwareDatetime

from shared.events import Contract, Envelope, restore


def to_record(envelope: Envelope) -> dict[str, Any]:
    """Answers an envelope as a document that keeps its event's type."""
    document = envelope.document
    return {"source": envelope.source, "detail_type": envelope.detail_type, **document}


def from_record(record: dict[str, Any]) -> Envelope:
    """Answers the envelope in such a document; raises MalformedError for what is none."""
    return restore(record["source"], record["detail_type"], record["metadata"], record["data"])


class Transition(Contract):
    """One step of a record: the event or command that caused it, and what it published."""

    cause: str
    at: AwareDatetime
    recorded: tuple[dict[str, Any], ...] = ()
    """What it published, as documents: few are ever read again, each step reads and writes them."""

    @classmethod
    def of(cls, cause: str, at: datetime, published: Iterable[Envelope] = ()) -> Self:
        """Answers the step of `cause` that published these events."""
        return cls(cause=cause, at=at, recorded=tuple(map(to_record, published)))

    @property
    def published(self) -> tuple[Envelope, ...]:
        """The events that the step published."""
        return tuple(map(from_record, self.recorded))


class Record(Contract):
    """A record that knows how often it was written."""

    version: int = 0
    """0: not yet committed. Each commit adds one; it is the condition of the next write."""


History = tuple[Transition, ...]


def published_for(history: History, cause: str) -> tuple[Envelope, ...] | None:
    """Answers what the transition of `cause` published, or None when there was none."""
    for transition in history:
        if transition.cause == cause:
            return transition.published
    return None
