"""What an order becomes when it is told something: pure, and the same in whatever order told."""

from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import assert_never

from orders.domain.facts import fact_of, failure_of, timeout
from orders.domain.messages import CancelOrder, Message, PlaceOrder, SweepDue, SweepTold
from orders.domain.order import Fact, Meaning, Order, Status
from shared.decision import Changed, Decision, Ignored
from shared.events import (
    Envelope,
    EventData,
    Failure,
    OrderCancelled,
    OrderConfirmed,
    OrderPlaced,
    OrderRejected,
    PaymentActionRequired,
    SegmentFailed,
    compose,
)
from shared.history import Transition, published_for

SERVICE = "orders"
GRACE = timedelta(seconds=10)
"""What the other segments get to name their failures, too, once one has failed."""
ACTION_TIME = timedelta(minutes=15)
"""What the shopper gets for an action that the payment asks for (3-D Secure)."""


def decide(order: Order | None, message: Message, now: datetime) -> Decision[Order]:
    """Answers what the order becomes, and what is to be published."""
    if isinstance(message, PlaceOrder):
        return _place(order, message, now)
    if order is None:
        return Ignored("no such order")
    match message:
        case CancelOrder():
            return _cancel(order, message, now)
        case SweepDue():
            return _sweep(order, message, now)
        case SweepTold():
            return _told(order)
        case Envelope():
            return _hear(order, message, now)
        case _:
            assert_never(message)


def _place(order: Order | None, message: PlaceOrder, now: datetime) -> Decision[Order]:
    if order is not None:
        return Ignored("placed before")
    placed = Order(
        transaction_id=message.transaction_id,
        lines=message.lines,
        total=message.total,
        payment_method=message.payment_method,
        customer_reference=message.customer_reference,
        email=message.email,
        required_segments=message.required_segments,
        fingerprint=message.fingerprint,
        placed_at=now,
        deadline=now + message.deadline_in,
        next_sweep_at=now,
    )
    event = OrderPlaced(
        lines=placed.lines,
        total=placed.total,
        payment_method=placed.payment_method,
        customer_reference=placed.customer_reference,
        required_segments=placed.required_segments,
        decide_by=placed.deadline,
    )
    return _published(placed, event, message.cause, now)


def _cancel(order: Order, message: CancelOrder, now: datetime) -> Decision[Order]:
    if order.status is not Status.PENDING:
        return Ignored(f"already {order.status}", published_for(order.history, message.cause) or ())
    return _cancelled(order, OrderCancelled(reason="customer"), message.cause, now)


def _sweep(order: Order, message: SweepDue, now: datetime) -> Decision[Order]:
    if order.at_rest:
        return Ignored("settled")
    if order.settled:
        return Ignored("settled, but not surely told", _events(order.untold))
    if order.status is Status.PENDING and now >= order.deadline:
        return _reject(_overdue(order), message.cause, now)
    swept = order.model_copy(update={"sweeps": order.sweeps + 1})
    swept = swept.model_copy(update={"next_sweep_at": swept.sweep_after(now)})
    return Changed(swept, latest(order) if _needs_reminder(order) else ())


def _told(order: Order) -> Decision[Order]:
    """Takes an order to rest whose last events have got out by the sweep."""
    if order.at_rest or not order.settled:
        return Ignored("at rest, or not yet settled")
    return Changed(order.model_copy(update={"told": True}))


def _events(steps: Iterable[Transition]) -> tuple[Envelope, ...]:
    return tuple(event for step in steps for event in step.published)


def _overdue(order: Order) -> Order:
    """Answers the order with every failure named: those known, else the silence."""
    if order.failures:
        return order
    return order.model_copy(
        update={"failures": tuple(timeout(segment) for segment in order.silent_segments)}
    )


def _needs_reminder(order: Order) -> bool:
    """Whether what the order published last may have been lost: nobody has reacted to it."""
    return order.status is not Status.PENDING or not order.facts


def _hear(order: Order, envelope: Envelope, now: datetime) -> Decision[Order]:
    fact = fact_of(envelope)
    if fact in order.facts:
        said = published_for(order.history, envelope.event_id)
        return Ignored("heard before", said or _reminder(order, fact))
    heard = order.model_copy(update={"facts": (*order.facts, fact)})
    # A confirmed order goes on once an operator has redriven what a segment gave up on: that is no
    # failure to tell, for who is told to try again would buy twice.
    stalled = order.status is Status.CONFIRMED and _stalled(envelope)
    failure = None if stalled else failure_of(envelope)
    if failure is not None:
        heard = _with_failure(heard, failure)
    match heard.status:
        case Status.PENDING:
            return _join(heard, envelope, now)
        case Status.CONFIRMED if failure is not None:
            return _call_off(heard, envelope, now)
        case Status.CONFIRMED | Status.REJECTED | Status.CANCELLED:
            return Changed(_noted(heard, envelope, now), _reminder(heard, fact))


def _stalled(envelope: Envelope) -> bool:
    """Whether a segment gave up on a message: an operator redrives it, no verdict changes."""
    return isinstance(envelope.data, SegmentFailed)


def _with_failure(order: Order, failure: Failure) -> Order:
    return order.model_copy(update={"failures": (*order.failures, failure)})


def _join(order: Order, envelope: Envelope, now: datetime) -> Decision[Order]:
    """Decides a pending order as soon as every required segment has spoken."""
    gave_up = _stalled(envelope) and envelope.service in order.required_segments
    if order.failures and (gave_up or not order.silent_segments):
        return _reject(order, envelope.event_id, now)
    if order.all_tried:
        confirmed = order.model_copy(update={"status": Status.CONFIRMED})
        return _published(confirmed, OrderConfirmed(total=order.total), envelope.event_id, now)
    if order.failures:
        deadline = min(order.deadline, now + GRACE)
        order = order.model_copy(update={"deadline": deadline, "next_sweep_at": deadline})
    return Changed(_noted(_extended(order, envelope, now), envelope, now))


def _extended(order: Order, envelope: Envelope, now: datetime) -> Order:
    """Gives the shopper time for an action, once."""
    asked = isinstance(envelope.data, PaymentActionRequired)
    if not asked or order.deadline_extended or order.failures:
        return order
    later = max(order.deadline, now + ACTION_TIME)
    return order.model_copy(update={"deadline": later, "deadline_extended": True})


def _reject(order: Order, cause: str, now: datetime) -> Decision[Order]:
    rejected = order.model_copy(update={"status": Status.REJECTED})
    return _published(rejected, OrderRejected(failures=order.failures), cause, now)


def _call_off(order: Order, envelope: Envelope, now: datetime) -> Decision[Order]:
    """Cancels a confirmed order that a segment can't complete."""
    reason = "capture_failed" if envelope.service == "payments" else "stock_unavailable"
    event = OrderCancelled(reason=reason, failures=order.failures)
    return _cancelled(order, event, envelope.event_id, now)


def _cancelled(order: Order, event: OrderCancelled, cause: str, now: datetime) -> Decision[Order]:
    return _published(order.model_copy(update={"status": Status.CANCELLED}), event, cause, now)


def _published(order: Order, event: EventData, cause: str, now: datetime) -> Decision[Order]:
    """Answers the order with the step on record, and the step's event."""
    envelope = compose(
        event, service=SERVICE, transaction_id=order.transaction_id, cause=cause, now=now
    )
    publish = (*unheard(order), envelope)
    transition = Transition.of(cause, now, publish)
    update = {"history": (*order.history, transition), "sweeps": 0}
    stepped = order.model_copy(update=update)
    return Changed(stepped.model_copy(update={"next_sweep_at": stepped.sweep_after(now)}), publish)


def unheard(order: Order) -> tuple[Envelope, ...]:
    """Answers the placing while nobody has reacted to it: it may never have got out."""
    return order.history[0].published if order.history and not order.placing_heard else ()


def _noted(order: Order, envelope: Envelope, now: datetime) -> Order:
    """Answers the order with a step on record that publishes nothing new."""
    transition = Transition.of(envelope.event_id, now)
    return order.model_copy(update={"history": (*order.history, transition)})


def _reminder(order: Order, fact: Fact) -> tuple[Envelope, ...]:
    """Answers the verdict again for a segment that acted on an order which is dead."""
    acted = fact.meaning in {Meaning.TRIED, Meaning.DONE}
    return latest(order) if acted and order.is_owed_by(fact.segment) else ()


def latest(order: Order) -> tuple[Envelope, ...]:
    """Answers what the order published last: its placing, or its verdict."""
    return next(t.published for t in reversed(order.history) if t.recorded)
