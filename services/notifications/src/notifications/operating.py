"""What operators see: every event as it is journalled, and one order's whole story."""

from collections.abc import Iterable, Sequence
from http import HTTPStatus
from typing import Any

from pydantic import AwareDatetime

from notifications.domain.fold import outcome
from notifications.domain.update import Update, update
from notifications.domain.view import Status
from notifications.ports import Document, Journal
from shared.callers import OPERATE
from shared.events import Contract, Envelope
from shared.http import ProblemError, Request, Response
from shared.ids import EventId, TransactionId


class Happened(Contract):
    """One event of an order, by its number, and what the order came to by it."""

    transaction_id: TransactionId
    sequence: int
    source: str
    detail_type: str
    event_id: EventId
    causation_id: str
    occurred_at: AwareDatetime
    status: Status


class Told(Happened):
    """The same with what the event tells; no event holds a name, an address or a secret."""

    data: dict[str, Any]


class Story(Contract):
    """An order as it stands, and everything that led to it."""

    update: Update
    events: tuple[Told, ...]


def happened(entries: Sequence[Envelope], sequence: int) -> Happened:
    """Answers the event at a sequence number."""
    return Happened(**_told(entries, sequence))


def _told(entries: Sequence[Envelope], sequence: int) -> dict[str, Any]:
    entry = entries[sequence - 1]
    return {
        "transaction_id": entry.transaction_id,
        "sequence": sequence,
        "source": entry.source,
        "detail_type": entry.detail_type,
        "event_id": entry.event_id,
        "causation_id": entry.metadata.causation_id,
        "occurred_at": entry.metadata.occurred_at,
        "status": outcome(entries[:sequence])[0],
    }


def events_frame(events: Iterable[Happened]) -> Document:
    """Answers the frame of some events."""
    return {"type": "events", "events": [event.model_dump(mode="json") for event in events]}


def story(request: Request, journal: Journal) -> Response:
    """Answers an order's story to an operator."""
    if OPERATE not in request.caller.scopes:
        raise ProblemError(HTTPStatus.FORBIDDEN, "scope", "The token is no operator's.")
    transaction_id = request.path["transaction_id"]
    entries = journal.read(transaction_id)
    if not entries:
        raise ProblemError(
            HTTPStatus.NOT_FOUND, "unknown-order", "Nothing was heard of such an order."
        )
    told = Story(
        update=update(transaction_id, entries, after=0),
        events=tuple(
            Told(**_told(entries, number), data=entry.document["data"])
            for number, entry in enumerate(entries, 1)
        ),
    )
    return Response(HTTPStatus.OK, told.model_dump(mode="json", exclude_none=True))
