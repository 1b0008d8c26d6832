"""Answers what is new of an order: the folded view, and how often to ask again."""

from collections.abc import Iterable
from datetime import datetime
from http import HTTPStatus

from notifications.domain.fold import fold
from notifications.domain.view import View
from notifications.ports import Journal
from shared.events import Envelope, OrderPlaced
from shared.http import FieldError, ProblemError, Request, Response
from shared.ids import TransactionId

MOST_DIGITS = 9
"""Far above any sequence; checked before the text is taken for a number."""


class Update(View):
    """The view of one order, and what it is new since."""

    transaction_id: TransactionId
    from_sequence: int
    """The caller's `after`, or less if that many events have not been heard yet."""


def updates(request: Request, journal: Journal, now: datetime) -> Response:
    """Answers the view; 304 when the caller has it already (`If-None-Match`).

    An order without events yet is ACCEPTED at sequence 0: its token proves that there is one.
    """
    transaction_id = request.own_transaction("read")
    after = _after(request)
    events = journal.read(transaction_id)
    request.caller.check_owner(owner_of(events))
    view = fold(events)
    headers = {"etag": f'"{view.sequence}"', **_pace(view, now)}
    if request.has_already(headers["etag"]):
        return Response(HTTPStatus.NOT_MODIFIED, None, headers)
    update = Update(
        **dict(view), transaction_id=transaction_id, from_sequence=min(after, view.sequence)
    )
    return Response(HTTPStatus.OK, update.model_dump(mode="json", exclude_none=True), headers)


def owner_of(events: Iterable[Envelope]) -> str | None:
    """Answers the customer whose order it is, as far as is known: its placing says so."""
    placed = (event.data for event in events if isinstance(event.data, OrderPlaced))
    return next((data.customer_reference for data in placed), None)


def _after(request: Request) -> int:
    text = request.query.get("after", "0")
    if text.isascii() and text.isdigit() and len(text) <= MOST_DIGITS:
        return int(text)
    raise ProblemError(
        HTTPStatus.UNPROCESSABLE_ENTITY,
        "invalid-request",
        "`after` is the sequence number of the last update that you have (0: none).",
        errors=(FieldError("after", "must be a whole number from 0"),),
    )


def _pace(view: View, now: datetime) -> dict[str, str]:
    """Answers when to ask again: soon at first, ever more rarely for an order that takes long."""
    if view.final:
        return {}
    moments = [segment.at for segment in view.segments.values() if segment.at is not None]
    quiet = (now - max(moments)).total_seconds() if moments else 0
    return {"retry-after": str(int(min(30, max(1, quiet // 5))))}
