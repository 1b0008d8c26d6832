"""Records and their short history: what caused each transition, and what it published.

It is what makes "commit, publish, acknowledge" safe without an outbox: a redelivered message finds
its own transition and publishes the same events with the same ids.
"""

from typing import Annotated, Any

from pydantic import AwareDatetime, BeforeValidator, PlainSerializer

from shared.events import Contract, Envelope, restore


def to_record(envelope: Envelope) -> dict[str, Any]:
    """Answers an envelope as a document that keeps its event's type."""
    detail = envelope.detail_document()
    return {"source": envelope.source, "detail_type": envelope.detail_type, **detail}


def from_record(record: dict[str, Any]) -> Envelope:
    """Answers the envelope in such a document; raises MalformedError for what is none."""
    return restore(record["source"], record["detail_type"], record["metadata"], record["data"])


def _envelope_in(value: object) -> object:
    return from_record(value) if isinstance(value, dict) else value


RecordedEnvelope = Annotated[Envelope, BeforeValidator(_envelope_in), PlainSerializer(to_record)]
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
