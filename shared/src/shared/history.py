"""Records and their short history: what caused each transition, and what it published.

It is what makes "commit, publish, acknowledge" safe without an outbox: a redelivered message finds
its own transition and publishes the same events with the same ids.
"""

from typing import Annotated, Any

from pydantic import AwareDatetime, BeforeValidator, PlainSerializer

from shared.events import Contract, Envelope, restore


def _to_record(envelope: Envelope) -> dict[str, Any]:
    detail = envelope.detail_document()
    return {"source": envelope.source, "detail_type": envelope.detail_type, **detail}


def _from_record(record: object) -> object:
    if isinstance(record, dict):
        return restore(record["source"], record["detail_type"], record["metadata"], record["data"])
    return record


RecordedEnvelope = Annotated[Envelope, BeforeValidator(_from_record), PlainSerializer(_to_record)]
"""An envelope that keeps its event's type through a record of a table."""


class Transition(Contract):
    """One step of a record: the event or command that caused it, and what it published."""

    cause: str
    at: AwareDatetime
    published: tuple[RecordedEnvelope, ...] = ()


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
