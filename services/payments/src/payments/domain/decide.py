"""What a payment becomes when it is told something, and what the provider is asked next: pure."""

from datetime import datetime
from typing import assert_never

from payments.domain.answering import answer
from payments.domain.messages import ActionDone, Answered, Decision, Message, Step
from payments.domain.payment import Operation, Payment, Status
from payments.domain.recording import (
    finish,
    intend,
    is_stale,
    outstanding_call,
    published_since,
)
from shared.decision import Ignored
from shared.errors import UnprocessableError
from shared.events import (
    Envelope,
    OrderCancelled,
    OrderConfirmed,
    OrderPlaced,
    OrderRejected,
    PaymentVoided,
)
from shared.ids import command_id


def decide(payment: Payment | None, message: Message, now: datetime) -> Decision:
    """Answers the step to commit and the call to make then, or why there is none."""
    match message:
        case Envelope():
            return _begin(message, now) if payment is None else _hear(payment, message, now)
        case Answered():
            return Ignored("no such payment") if payment is None else answer(payment, message, now)
        case ActionDone():
            return _look_up_action(payment)
        case _:
            assert_never(message)


def _begin(message: Envelope, now: datetime) -> Decision:
    match message.data:
        case OrderPlaced() as placed:
            payment = Payment(
                transaction_id=message.transaction_id,
                status=Status.AUTHORIZING,
                amount=placed.total,
                payment_method=placed.payment_method,
            )
            return intend(payment, Status.AUTHORIZING, message.event_id, now)
        case OrderRejected() | OrderCancelled():
            tombstone = Payment(transaction_id=message.transaction_id, status=Status.VOIDED)
            return finish(tombstone, Status.VOIDED, PaymentVoided(), message.event_id, now)
        case OrderConfirmed():
            raise UnprocessableError("the order is confirmed, but no payment was ever authorized")
        case other:
            raise UnprocessableError(f"payments has no use for {other.detail_type()}")


def _hear(payment: Payment, message: Envelope, now: datetime) -> Decision:
    seen = published_since(payment.history, message.event_id)
    if payment.is_working and _may_continue(payment, message, now):
        noted = _with_verdict(payment, message)
        return Step(noted, seen or (), outstanding_call(payment, now))
    if seen is not None:
        return Ignored("done before", seen)
    match message.data:
        case OrderPlaced():
            return Ignored(f"already {payment.status}")
        case OrderConfirmed():
            return _capture(payment, message, now)
        case OrderRejected() | OrderCancelled():
            return _give_back(payment, message, now)
        case other:
            raise UnprocessableError(f"payments has no use for {other.detail_type()}")


def _may_continue(payment: Payment, message: Envelope, now: datetime) -> bool:
    """Whether this message takes up a call that was begun: its own, or one left behind."""
    return _began(payment, message) or is_stale(payment, now)


def _began(payment: Payment, message: Envelope) -> bool:
    """Whether the outstanding call is this message's own.

    Also the call that gives back what came of its own one, when a verdict overtook it: the verdict
    has left that to it, and is acknowledged.
    """
    cause = payment.intent.cause if payment.intent is not None else None
    if cause == payment.verdict and payment.history:
        cause = payment.history[-1].cause
    return cause == message.event_id


def _with_verdict(payment: Payment, message: Envelope) -> Payment:
    """Answers the payment with a verdict on record that comes while a call is under way."""
    trying = payment.status in {Status.AUTHORIZING, Status.CAPTURING}
    gives_back = isinstance(message.data, OrderRejected | OrderCancelled)
    if not (trying and gives_back) or payment.verdict is not None:
        return payment
    return payment.model_copy(update={"verdict": message.event_id})


def _capture(payment: Payment, message: Envelope, now: datetime) -> Decision:
    if payment.status is not Status.AUTHORIZED:
        return Ignored(f"already {payment.status}")
    return intend(payment, Status.CAPTURING, message.event_id, now)


def _give_back(payment: Payment, message: Envelope, now: datetime) -> Decision:
    match payment.status:
        case Status.AUTHORIZED | Status.ACTION_REQUIRED | Status.CAPTURE_FAILED:
            return intend(payment, Status.VOIDING, message.event_id, now)
        case Status.CAPTURED:
            return intend(payment, Status.REFUNDING, message.event_id, now)
        case Status.AUTHORIZING | Status.CAPTURING if payment.verdict is None:
            # Whoever is at the call voids or refunds what comes of it.
            return Step(_with_verdict(payment, message))
        case Status.AUTHORIZING | Status.CAPTURING | Status.VOIDING | Status.REFUNDING:
            return Ignored("being given back")
        case Status.DECLINED | Status.VOIDED | Status.REFUNDED:
            return Ignored(f"already {payment.status}", _unheard(payment, message))


def _unheard(payment: Payment, verdict: Envelope) -> tuple[Envelope, ...]:
    """Answers what was published last, unless it is what led to the verdict.

    Repeated, not silent: a notice that was committed may never have been published, and nobody but
    the verdict comes back for it. But orders answers what it hears again with its verdict again:
    to repeat the verdict's own cause would go on for ever.
    """
    last = payment.history[-1].published
    return tuple(event for event in last if event.event_id != verdict.metadata.causation_id)


def _look_up_action(payment: Payment | None) -> Decision:
    if payment is None:
        return Ignored("no such payment")
    if payment.status is not Status.ACTION_REQUIRED:
        done = published_since(payment.history, command_id(payment.transaction_id, "action"))
        return Ignored("no action is outstanding", done or ())
    return Step(payment, call=Operation.LOOKUP)
