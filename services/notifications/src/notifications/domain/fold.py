"""Folds the events of a transaction into its view: over a set, so that no order matters."""

from collections.abc import Collection

from notifications.domain.failing import failures_of
from notifications.domain.states import (
    DONE,
    HOLDS_NOTHING,
    PENDING,
    State,
    segment_of,
    state_of,
)
from notifications.domain.view import Action, Segment, Status, View, ViewFailure
from shared.events import Envelope, OrderPlaced, PaymentActionRequired, SegmentFailed

_STATUSES = {
    "confirmed": Status.CONFIRMED,
    "rejected": Status.REJECTED,
    "cancelled": Status.CANCELLED,
}


def fold(envelopes: Collection[Envelope]) -> View:
    """Answers the view of all these events; each counts once, however often it comes."""
    distinct = list({envelope.event_id: envelope for envelope in envelopes}.values())
    status, required = _status(distinct), _required(distinct)
    failures = failures_of(e for e in distinct if not _is_an_operators(e, status))
    names = {"order", *required, *map(segment_of, distinct)}
    segments = {name: _segment(name, distinct, failures) for name in sorted(names)}
    return View(
        sequence=len(distinct),
        status=status,
        segments=segments,
        failures=failures,
        final=_is_final(status, distinct, required),
    )


def outcome(envelopes: Collection[Envelope]) -> tuple[Status, bool]:
    """Answers the view's status and finality alone: a fraction of the work of folding it."""
    status = _status(envelopes)
    return status, _is_final(status, envelopes, _required(envelopes))


def _required(envelopes: Collection[Envelope]) -> tuple[str, ...]:
    placed = [e.data for e in envelopes if isinstance(e.data, OrderPlaced)]
    return placed[0].required_segments if placed else ()


def _segment(
    name: str, envelopes: Collection[Envelope], failures: tuple[ViewFailure, ...]
) -> Segment:
    own = [envelope for envelope in envelopes if segment_of(envelope) == name]
    failure = next((failure for failure in failures if failure.segment == name), None)
    if not own:
        return Segment(state=PENDING.name, failure=failure)
    furthest = max(own, key=lambda e: (state_of(e).rank, e.metadata.occurred_at, e.event_id))
    return Segment(
        state=state_of(furthest).name,
        at=furthest.metadata.occurred_at,
        failure=failure,
        action=_action(furthest),
    )


def _action(furthest: Envelope) -> Action | None:
    """Answers what the shopper must do, as long as nothing has come of it."""
    data = furthest.data
    if not isinstance(data, PaymentActionRequired):
        return None
    return Action(url=data.action_url, expires_at=data.expires_at)


def _status(envelopes: Collection[Envelope]) -> Status:
    undecided = Status.PENDING if envelopes else Status.ACCEPTED
    return _STATUSES.get(_state("order", envelopes).name, undecided)


def _is_an_operators(envelope: Envelope, status: Status) -> bool:
    """Whether an event is no shopper's matter: a message of a confirmed order died.

    It is redriven and the order goes on; told to try again, the shopper would buy twice.
    """
    return status is Status.CONFIRMED and isinstance(envelope.data, SegmentFailed)


def _is_final(status: Status, envelopes: Collection[Envelope], required: tuple[str, ...]) -> bool:
    ends = DONE if status is Status.CONFIRMED else HOLDS_NOTHING
    decided = status in _STATUSES.values()
    return decided and bool(required) and all(_state(n, envelopes) in ends for n in required)


def _state(name: str, envelopes: Collection[Envelope]) -> State:
    return max((state_of(e) for e in envelopes if segment_of(e) == name), default=PENDING)
