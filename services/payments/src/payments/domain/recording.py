"""Puts steps of a payment on record: intents before calls, answers and events after them."""

from datetime import datetime

from payments.domain.messages import Step
from payments.domain.payment import (
    KEY_LIFETIME,
    LEASE,
    OPERATION_OF,
    Intent,
    Operation,
    Payment,
    Status,
)
from shared.events import Envelope, EventData, compose
from shared.history import History, Transition

SERVICE = "payments"


def intend(payment: Payment, status: Status, cause: str, now: datetime) -> Step:
    """Answers the step that commits a call's intent, and then the call."""
    operation = OPERATION_OF[status]
    intent = Intent(operation=operation, cause=cause, at=now)
    return Step(payment.model_copy(update={"status": status, "intent": intent}), call=operation)


def finish(
    payment: Payment, status: Status, event: EventData | None, cause: str, now: datetime
) -> Step:
    """Answers the step that ends what `cause` asked for, with the event that says so."""
    published: tuple[Envelope, ...] = ()
    if event is not None:
        published = (
            compose(
                event,
                service=SERVICE,
                transaction_id=payment.transaction_id,
                cause=cause,
                now=now,
            ),
        )
    transition = Transition.of(cause, now, published)
    update = {"status": status, "history": (*payment.history, transition), "intent": None}
    return Step(payment.model_copy(update=update), published)


def then(first: Step, second: Step) -> Step:
    """Answers two steps as one commit."""
    return Step(second.payment, (*first.publish, *second.publish), second.call)


def outstanding_call(payment: Payment, now: datetime) -> Operation:
    """Answers the call whose answer is outstanding, or a lookup once its key may be forgotten."""
    if payment.intent is None or now - payment.intent.at > KEY_LIFETIME:
        return Operation.LOOKUP
    return payment.intent.operation


def is_stale(payment: Payment, now: datetime) -> bool:
    """Answers whether no worker can still be at the outstanding call."""
    return payment.intent is None or now - payment.intent.at > LEASE


def published_since(history: History, cause: str) -> tuple[Envelope, ...] | None:
    """Answers all that was published from the step of `cause` on; None: no such step."""
    for number, transition in enumerate(history):
        if transition.cause == cause:
            return tuple(event for later in history[number:] for event in later.published)
    return None
