"""Works on one payment: decide, commit, call, and again until no call is left to make."""

from collections.abc import Iterable
from dataclasses import dataclass

from payments.domain.decide import decide
from payments.domain.messages import ActionDone, Answered, Message, Step
from payments.domain.outcomes import Outcome
from payments.domain.payment import Operation, Payment
from payments.ports import Provider
from shared.clock import Clock
from shared.errors import ConflictError
from shared.events import Envelope, OrderPlaced
from shared.ids import TransactionId
from shared.observability import count, logger
from shared.records import Records

ROUNDS = 16
"""A message leads to four commits at most; the rest is for other writers being faster."""


@dataclass(frozen=True)
class Deps:
    """What working on payments needs."""

    payments: Records[Payment]
    provider: Provider
    now: Clock


def pay(envelope: Envelope, deps: Deps) -> Iterable[Envelope]:
    """Answers what is to be published once all that an event asks for is done and committed."""
    begins = isinstance(envelope.data, OrderPlaced)
    return work(envelope.transaction_id, envelope, deps, begins=begins)


def work(
    identity: TransactionId, message: Envelope | ActionDone, deps: Deps, *, begins: bool = False
) -> tuple[Envelope, ...]:
    """Applies a message and every provider answer that it leads to.

    Raises what the provider raises: the intent is committed, a redelivery takes it up.
    """
    payment = None if begins else deps.payments.load(identity)
    told: Message = message
    publish: dict[str, Envelope] = {}
    for _ in range(ROUNDS):
        decision = decide(payment, told, deps.now())
        if not isinstance(decision, Step):
            count("Ignored")
            logger().info("ignored", reason=decision.reason)
            return (*publish.values(), *decision.publish)
        try:
            payment = _commit(payment, decision.payment, deps.payments)
        except ConflictError:
            payment = deps.payments.load(identity)
            continue
        publish |= {event.event_id: event for event in decision.publish}
        if decision.call is None:
            return tuple(publish.values())
        told = Answered(decision.call, _call(decision.call, payment, deps.provider))
    raise ConflictError(f"{identity}: other writers were faster {ROUNDS} times")


def _commit(before: Payment | None, payment: Payment, payments: Records[Payment]) -> Payment:
    """Commits unless nothing changed; answers the payment as committed."""
    if payment == before:
        return payment
    payments.save(payment)
    return payment.model_copy(update={"version": payment.version + 1})


def key(transaction_id: TransactionId, operation: Operation) -> str:
    """Answers the idempotency key of an operation: one a transaction, for good."""
    return f"{transaction_id}:{operation}"


def _call(operation: Operation, payment: Payment, provider: Provider) -> Outcome:
    identity = payment.transaction_id
    if operation is Operation.LOOKUP:
        return provider.lookup(key(identity, Operation.AUTHORIZE))
    if operation is Operation.AUTHORIZE:
        return _authorize(payment, provider)
    authorization_id, amount = payment.authorization_id, payment.amount
    if authorization_id is None or amount is None:
        raise TypeError(f"nothing was authorized that {operation} could be asked of")
    identity_key = key(identity, operation)
    if operation is Operation.CAPTURE:
        return provider.capture(identity_key, authorization_id=authorization_id, amount=amount)
    if operation is Operation.VOID:
        return provider.void(identity_key, authorization_id=authorization_id)
    return provider.refund(identity_key, authorization_id=authorization_id, amount=amount)


def _authorize(payment: Payment, provider: Provider) -> Outcome:
    if payment.amount is None or payment.payment_method is None:
        raise TypeError("a payment without an amount can't be authorized")
    return provider.authorize(
        key(payment.transaction_id, Operation.AUTHORIZE),
        transaction_id=payment.transaction_id,
        amount=payment.amount,
        payment_method=payment.payment_method,
    )
