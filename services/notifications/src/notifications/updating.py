"""Answers what is new of an order: the folded view, and how often to ask again."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from http import HTTPStatus

from pydantic import BaseModel

from notifications.domain.update import Update, steps, update
from notifications.domain.view import View
from notifications.frames import document
from notifications.owning import check_owner
from notifications.ports import Journal
from shared.clock import Clock
from shared.events import Envelope
from shared.http import FieldError, ProblemError, Request, Response
from shared.ids import TransactionId

MOST_DIGITS = 9
"""Far above any sequence; checked before the text is taken for a number."""
LONGEST_WAIT = 20
"""Seconds; the gateway gives up after thirty.

https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-quotas.html
"""
MOST_STEPS = 50
FIRST_PAUSE, LONGEST_PAUSE, PAUSES_GROW = 0.2, 1.5, 1.4
"""Seconds between two looks at the journal while a caller waits."""


@dataclass(frozen=True)
class Deps:
    """What answering needs."""

    journal: Journal
    now: Clock
    sleep: Callable[[float], None]


class Steps(BaseModel):
    """An update for each step, in order; `more` says that there are others after the last."""

    transaction_id: TransactionId
    steps: tuple[Update, ...]
    more: bool


def updates(request: Request, deps: Deps) -> Response:
    """Answers the view; 304 when the caller has it already (`If-None-Match`).

    An order without events yet is ACCEPTED at sequence 0: its token proves that there is one.
    """
    transaction_id = request.own_transaction("read")
    after, wait = _number(request, "after"), _number(request, "wait", most=LONGEST_WAIT)
    entries = _newer(request, after, timedelta(seconds=wait), deps)
    newest = update(transaction_id, entries, after=after)
    headers = {"etag": _etag(entries), **_pace(newest, deps.now())}
    if request.has_already(headers["etag"]):
        return Response(HTTPStatus.NOT_MODIFIED, None, headers)
    return Response(HTTPStatus.OK, document(newest), headers)


def _etag(entries: tuple[Envelope, ...]) -> str:
    return f'"{len(entries)}"'


def _newer(request: Request, after: int, wait: timedelta, deps: Deps) -> tuple[Envelope, ...]:
    """Answers the order's events, once there are some that the caller lacks or the wait is over."""
    give_up_at, pause = deps.now() + wait, FIRST_PAUSE
    while True:
        entries = deps.journal.read(request.path["transaction_id"])
        check_owner(request.caller, entries)
        is_new = len(entries) > after and not request.has_already(_etag(entries))
        left = (give_up_at - deps.now()).total_seconds()
        if is_new or left <= 0:
            return entries
        deps.sleep(min(pause, left))
        pause = min(pause * PAUSES_GROW, LONGEST_PAUSE)


def every_step(request: Request, journal: Journal) -> Response:
    """Answers an update for each step after `after`: what a channel that skips has left out."""
    transaction_id = request.own_transaction("read")
    after = _number(request, "after")
    entries = journal.read(transaction_id)
    check_owner(request.caller, entries)
    found = steps(transaction_id, entries, after=after, most=MOST_STEPS)
    answer = Steps(
        transaction_id=transaction_id, steps=found, more=len(entries) > after + len(found)
    )
    return Response(HTTPStatus.OK, answer.model_dump(mode="json", exclude_none=True))


_MEANS = {
    "after": "the sequence number of the last update that you have (0: none)",
    "wait": f"how many seconds to wait for something new (at most {LONGEST_WAIT})",
}


def _number(request: Request, name: str, most: int = 10**MOST_DIGITS) -> int:
    text = request.query.get(name, "0")
    if text.isascii() and text.isdigit() and len(text) <= MOST_DIGITS and int(text) <= most:
        return int(text)
    limit = f" to {most}" if name == "wait" else ""
    raise ProblemError(
        HTTPStatus.UNPROCESSABLE_ENTITY,
        "invalid-request",
        f"`{name}` is {_MEANS[name]}.",
        errors=(FieldError(name, f"must be a whole number from 0{limit}"),),
    )


def _pace(view: View, now: datetime) -> dict[str, str]:
    """Answers when to ask again: soon at first, ever more rarely for an order that takes long."""
    if view.final:
        return {}
    moments = [segment.at for segment in view.segments.values() if segment.at is not None]
    quiet = (now - max(moments)).total_seconds() if moments else 0
    return {"retry-after": str(int(min(30, max(1, quiet // 5))))}
