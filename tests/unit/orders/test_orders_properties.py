"""Whatever comes, in whatever order and however often: what always holds of an order."""

from datetime import timedelta
from typing import NamedTuple

from fakes_orders import Desk, names, owner
from fakes_shared import NOON, TRANSACTION
from hypothesis import given, settings
from hypothesis import strategies as st
from told import AUTHORIZED, CANCEL, HEARD, PLACE, RESERVED, SWEEP, Told

from orders.domain.messages import Message, SweepTold
from orders.domain.order import Status
from shared.decision import Decision, Ignored
from shared.errors import ConflictError
from shared.events import Envelope
from shared.http import ProblemError

VERDICTS = {"OrderConfirmed", "OrderRejected"}
Story = list[tuple[Message, int]]


class Step(NamedTuple):
    """A message, what was decided, and the status of the order before and after it."""

    message: Message
    decision: Decision
    before: Status
    after: Status


STORIES = st.lists(
    st.tuples(st.sampled_from((*HEARD, CANCEL, SWEEP, PLACE)), st.integers(0, 600)), max_size=30
)


def _run(story: Story) -> tuple[Told, list[Step]]:
    told, steps, now = Told(), list[Step](), NOON
    for message, seconds in story:
        now += timedelta(seconds=seconds)
        before = told.status
        decision = told.tell(message, at=now)
        steps.append(Step(message, decision, before, told.status))
    return told, steps


@settings(deadline=None)
@given(STORIES)
def test_a_verdict_stands_except_that_a_confirmed_order_can_be_called_off(story: Story) -> None:
    for step in _run(story)[1]:
        if step.before is not step.after:
            called_off = (step.before, step.after) == (Status.CONFIRMED, Status.CANCELLED)
            assert step.before is Status.PENDING or called_off


@settings(deadline=None)
@given(STORIES)
def test_at_most_one_verdict_is_published_and_each_event_under_one_id(story: Story) -> None:
    told, _ = _run(story)
    ids: dict[str, set[str]] = {}
    for envelope in told.published:
        ids.setdefault(envelope.detail_type, set()).add(envelope.event_id)
    assert all(len(distinct) == 1 for distinct in ids.values())
    assert not set(ids) >= VERDICTS


@settings(deadline=None)
@given(STORIES)
def test_an_event_that_is_published_again_is_the_very_same(story: Story) -> None:
    first: dict[str, Envelope] = {}
    for envelope in _run(story)[0].published:
        assert first.setdefault(envelope.event_id, envelope) == envelope


@settings(deadline=None)
@given(STORIES)
def test_the_last_event_that_is_on_record_tells_the_status(story: Story) -> None:
    told, _ = _run(story)
    recorded = [e.detail_type for step in told.known.history for e in step.published]
    tells = "OrderPlaced" if told.status is Status.PENDING else f"Order{told.status.capitalize()}"
    assert recorded[-1] == tells


@settings(deadline=None)
@given(STORIES)
def test_nothing_is_confirmed_before_both_segments_have_succeeded(story: Story) -> None:
    heard: list[Message] = []
    for step in _run(story)[1]:
        heard.append(step.message)
        if "OrderConfirmed" in names(step.decision.publish):
            assert RESERVED in heard
            assert AUTHORIZED in heard


@settings(deadline=None)
@given(STORIES, st.sampled_from((*HEARD, CANCEL, PLACE)))
def test_a_message_that_comes_again_at_once_commits_nothing_and_publishes_the_same(
    story: Story, message: Message
) -> None:
    told, _ = _run(story)
    first = told.tell(message)
    again = told.tell(message)
    assert isinstance(again, Ignored)
    assert again.publish == first.publish


@settings(deadline=None)
@given(STORIES, st.sampled_from(HEARD), st.integers(0, 3600))
def test_a_message_that_comes_again_later_tells_nothing_new(
    story: Story, message: Message, seconds: int
) -> None:
    told, _ = _run([(message, 0), *story])
    order, published = told.known, list(told.published)
    again = told.tell(message, at=told.now + timedelta(seconds=seconds))
    assert isinstance(again, Ignored)
    assert told.known == order
    assert all(envelope in published for envelope in again.publish)


@settings(deadline=None)
@given(STORIES, st.data())
def test_whether_an_order_is_settled_depends_on_what_was_said_not_on_when(
    story: Story, data: st.DataObject
) -> None:
    order = _run(story)[0].known
    facts = tuple(data.draw(st.permutations(order.facts)))
    for status in Status:
        told = order.model_copy(update={"status": status})
        assert told.model_copy(update={"facts": facts}).settled == told.settled


@settings(deadline=None)
@given(STORIES)
def test_no_order_stays_undecided_past_its_deadline(story: Story) -> None:
    told, _ = _run(story)
    latest = NOON + PLACE.deadline_in * 2 + timedelta(seconds=sum(s for _, s in story))
    assert told.known.deadline <= latest
    told.tell(SWEEP, at=max(told.now, told.known.deadline))
    assert told.status is not Status.PENDING


@settings(deadline=None)
@given(STORIES)
def test_an_undecided_order_is_looked_after_by_its_deadline(story: Story) -> None:
    for count in range(len(story) + 1):
        order = _run(story[:count])[0].known
        if order.status is Status.PENDING:
            assert order.next_sweep_at <= order.deadline


@settings(deadline=None)
@given(STORIES)
def test_an_order_keeps_no_more_than_one_step_for_each_thing_said(story: Story) -> None:
    order = _run(story)[0].known
    assert len(order.facts) == len(set(order.facts))
    assert len(order.history) <= len(order.facts) + 2


@settings(deadline=None)
@given(STORIES, st.sets(st.integers(0, 40)))
def test_what_is_committed_and_published_is_the_same_when_writers_race(
    story: Story, races: set[int]
) -> None:
    desk, published = Desk(), list[Envelope]()
    desk.place()
    for number, (message, seconds) in enumerate(story):
        desk.clock.forward(seconds)
        desk.orders.conflicts = 1 if number in races else 0
        published += _told(desk, message)
    alone = _alone(story)
    assert desk.order().model_copy(update={"version": 0}) == alone.known
    assert [alone.published[0], *published] == alone.published


def _alone(story: Story) -> Told:
    """Answers the order when it is told the story by one writer, and swept only when it is due.

    Once what a sweep had to tell is on the bus, the order is told so.
    """
    told, now = Told(), NOON
    for message, seconds in story:
        now += timedelta(seconds=seconds)
        if message != SWEEP:
            told.tell(message, at=now)
        elif not told.known.at_rest and told.known.next_sweep_at <= now:
            before = len(told.published)
            told.tell(message, at=now)
            if len(told.published) > before:
                told.tell(SweepTold(TRANSACTION), at=now)
    return told


def _told(desk: Desk, message: Message) -> list[Envelope]:
    if isinstance(message, Envelope):
        return desk.hear(message)
    if message == SWEEP:
        return desk.sweep()
    return _cancelled(desk) if message == CANCEL else _placed_again(desk)


def _cancelled(desk: Desk) -> list[Envelope]:
    before = len(desk.bus.published)
    try:
        desk.cancel(owner())
    except ProblemError:
        assert desk.order().status in {Status.CONFIRMED, Status.REJECTED}
    return desk.bus.published[before:]


def _placed_again(desk: Desk) -> list[Envelope]:
    try:
        desk.place(TRANSACTION)
    except ConflictError:
        return []
    raise AssertionError("an order was placed over another")
