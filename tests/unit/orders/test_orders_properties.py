"""Whatever comes, in whatever order and however often: what always holds of an order."""

from datetime import timedelta
from typing import NamedTuple

from events import event
from fakes_shared import NOON
from hypothesis import given, settings
from hypothesis import strategies as st
from told import (
    ACTION,
    AUTHORIZED,
    CANCEL,
    CAPTURED,
    COMMITTED,
    DECLINED,
    EXPIRED,
    GAVE_UP,
    PLACE,
    REFUNDED,
    RELEASED,
    RESERVED,
    SHORT,
    SWEEP,
    UNCAPTURED,
    VOIDED,
    Told,
)

from orders.domain.messages import Message
from orders.domain.order import Status
from shared.decision import Changed, Ignored
from shared.events import Envelope

MESSAGES_OF_ONE = 


class Step(NamedTuple):
    """A message, and the status of the order before and after it."""

    message: Message
    before: Status
    after: Status


MESSAGES = st.lists(st.tuples(st.sampled_from(HEARD), st.integers(0, 600)), max_size=30)


def _run(messages: list[tuple[Message, int]]) -> tuple[Told, list[Step]]:
    told, steps, now = Told(), list[Step](), NOON
    for message, seconds in messages:
        now += timedelta(seconds=seconds)
        before = told.status
        told.tell(message, at=now)
        steps.append(Step(message, before, told.status))
    return told, steps


@settings(deadline=None)
@given(MESSAGES)
def test_a_verdict_stands_except_that_a_confirmed_order_can_be_called_off(
    messages: list[tuple[Message, int]],
) -> None:
    for _, before, after in _run(messages)[1]:
        if before is not after:
            called_off = (before, after) == (Status.CONFIRMED, Status.CANCELLED)
            assert before is Status.PENDING or called_off


@settings(deadline=None)
@given(MESSAGES)
def test_each_kind_of_event_is_published_under_one_id(
    messages: list[tuple[Message, int]],
) -> None:
    told, _ = _run(messages)
    ids: dict[str, set[str]] = {}
    for envelope in told.published:
        ids.setdefault(envelope.detail_type, set()).add(envelope.event_id)
    assert all(len(distinct) == 1 for distinct in ids.values())
    assert not {"OrderConfirmed", "OrderRejected"} <= set(ids)


@settings(deadline=None)
@given(MESSAGES)
def test_nothing_is_confirmed_before_both_segments_have_succeeded(
    messages: list[tuple[Message, int]],
) -> None:
    heard: set[str] = set()
    for message, _, after in _run(messages)[1]:
        if isinstance(message, Envelope):
            heard.add(message.detail_type)
        if after is Status.CONFIRMED:
            assert {"StockReserved", "PaymentAuthorized"} <= heard


@settings(deadline=None)
@given(MESSAGES, st.sampled_from([m for m in HEARD if isinstance(m, Envelope)]))
def test_a_message_that_comes_again_at_once_commits_nothing_and_publishes_the_same(
    messages: list[tuple[Message, int]], message: Envelope
) -> None:
    told, _ = _run(messages)
    first = told.tell(message)
    order = told.known
    again = told.tell(message)
    assert isinstance(again, Ignored)
    assert told.known == order
    assert {e.event_id for e in again.publish} <= {e.event_id for e in told.published}
    if isinstance(first, Changed):
        assert [e.event_id for e in again.publish] == [e.event_id for e in first.publish]


@settings(deadline=None)
@given(MESSAGES, st.randoms(use_true_random=False))
def test_whether_an_order_is_settled_depends_on_what_was_said_not_on_when(
    messages: list[tuple[Message, int]], dice: "st.random.Random"
) -> None:
    told = Told(*(message for message, _ in messages))
    facts = list(told.known.facts)
    dice.shuffle(facts)
    assert told.known.model_copy(update={"facts": tuple(facts)}).settled == told.known.settled
