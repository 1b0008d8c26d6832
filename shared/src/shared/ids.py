"""Ids that are derived, never drawn: the same cause gives the same id, whoever computes it."""

from typing import Annotated
from uuid import NAMESPACE_URL, UUID, uuid5

from pydantic import StringConstraints

UUID_PATTERN = r"^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$"

TransactionId = Annotated[str, StringConstraints(pattern=UUID_PATTERN)]
"""Names one order and everything that any service does for it: a lower-case UUID."""

EventId = Annotated[str, StringConstraints(pattern=UUID_PATTERN)]
"""Names one event; the same cause and subject always give the same one."""

_NAMESPACE = uuid5(NAMESPACE_URL, "urn:orderbus")


def transaction_id(scope: str, idempotency_key: str) -> TransactionId:
    """Answers the transaction that this key starts within `scope`: always the same one."""
    # The length in front keeps ("a", "b:c") and ("a:b", "c") apart.
    return str(uuid5(_NAMESPACE, f"transaction:{len(scope)}:{scope}:{idempotency_key}"))


def event_id(cause: str, name: str, subject: str = "") -> EventId:
    """Answers the id of the event `name` that `cause` leads to, about `subject`."""
    return str(uuid5(_NAMESPACE, f"event:{cause}:{name}:{subject}"))


def command_id(transaction: TransactionId, command: str) -> EventId:
    """Answers the id of a command that a transaction takes at most once (place, cancel, ...)."""
    return str(uuid5(_NAMESPACE, f"command:{transaction}:{command}"))


def traceparent(transaction: str, event: EventId) -> str:
    """Answers the W3C trace context of an event: the trace is the transaction, the span the event.

    https://www.w3.org/TR/trace-context/#traceparent-header
    """
    return f"00-{UUID(transaction).hex}-{UUID(event).hex[:16]}-01"
