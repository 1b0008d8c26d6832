"""What a payment becomes by the provider's answer: pure."""

from datetime import datetime

from payments.domain.messages import Answered, Decision, Step
from payments.domain.outcomes import (
    ActionRequired,
    Authorized,
    Captured,
    CaptureRefused,
    Declined,
    Outcome,
    Refunded,
    Unknown,
    Voided,
)
from payments.domain.payment import OPERATION_OF, Answer, Operation, Payment, Status
from payments.domain.recording import finish, intend, then
from shared.decision import Ignored
from shared.errors import RetryLaterError
from shared.events import (
    PaymentActionRequired,
    PaymentAuthorized,
    PaymentCaptured,
    PaymentCaptureFailed,
    PaymentDeclined,
    PaymentRefunded,
    PaymentVoided,
)
from shared.ids import command_id
from shared.money import Money

_LOST = Declined("authorization_lost", "The payment could not be completed.")
_GONE = CaptureRefused("authorization_expired", "The payment is not held any more.")


def answer(payment: Payment, message: Answered, now: datetime) -> Decision:
    """Answers the step that an answer leads to; one that comes twice leads nowhere new."""
    if not _is_asked(payment, message.operation):
        return Ignored(
            f"already {payment.status}",
            tuple(event for done in payment.history for event in done.published),
        )
    outcome = message.outcome
    heard = _with_answer(payment, message, now)
    return _BY_STATUS[payment.status](heard, outcome, _cause(payment), now)


def _with_answer(payment: Payment, message: Answered, now: datetime) -> Payment:
    outcome = message.outcome
    code = outcome.code if isinstance(outcome, Declined | CaptureRefused) else None
    record = Answer(
        operation=message.operation,
        outcome=type(outcome).__name__,
        code=code,
        at=now,
    )
    return payment.model_copy(update={"answers": (*payment.answers, record)})


def _is_asked(payment: Payment, operation: Operation) -> bool:
    """Whether the payment waits for this answer; else another worker has had it, too."""
    if operation is Operation.LOOKUP:
        return payment.is_working or payment.status is Status.ACTION_REQUIRED
    return OPERATION_OF.get(payment.status) is operation


def _cause(payment: Payment) -> str:
    if payment.status is Status.ACTION_REQUIRED:
        return command_id(payment.transaction_id, "action")
    if payment.intent is None:
        raise RetryLaterError(f"a payment that is {payment.status} has no intent")
    return payment.intent.cause


def _amount(payment: Payment) -> Money:
    if payment.amount is None:
        raise RetryLaterError("a payment without an amount was sent to the provider")
    return payment.amount


def _authorizing(payment: Payment, outcome: Outcome, cause: str, now: datetime) -> Decision:
    match outcome:
        case Authorized(authorization_id):
            held = payment.model_copy(update={"authorization_id": authorization_id})
            if payment.verdict is not None:
                done = finish(held, Status.AUTHORIZED, None, cause, now)
                return _then_give_back(done, Status.VOIDING, payment.verdict, now)
            event = PaymentAuthorized(amount=_amount(payment), authorization_id=authorization_id)
            return finish(held, Status.AUTHORIZED, event, cause, now)
        case ActionRequired(authorization_id, url, expires_at):
            held = payment.model_copy(update={"authorization_id": authorization_id})
            if payment.verdict is not None:
                done = finish(held, Status.ACTION_REQUIRED, None, cause, now)
                return _then_give_back(done, Status.VOIDING, payment.verdict, now)
            asked = PaymentActionRequired(action_url=url, expires_at=expires_at)
            return finish(held, Status.ACTION_REQUIRED, asked, cause, now)
        case Declined():
            return finish(payment, Status.DECLINED, _declined(outcome), cause, now)
        case Unknown():
            return finish(payment, Status.DECLINED, _declined(_LOST), cause, now)
        case Captured() | CaptureRefused() | Voided() | Refunded():
            raise _contradiction(payment, outcome)


def _acting(payment: Payment, outcome: Outcome, cause: str, now: datetime) -> Decision:
    match outcome:
        case Authorized(authorization_id):
            event = PaymentAuthorized(amount=_amount(payment), authorization_id=authorization_id)
            return finish(payment, Status.AUTHORIZED, event, cause, now)
        case Declined():
            return finish(payment, Status.DECLINED, _declined(outcome), cause, now)
        case Voided() | Unknown():
            return finish(payment, Status.DECLINED, _declined(_LOST), cause, now)
        case ActionRequired():
            return Ignored("the action is not done yet")
        case Captured() | CaptureRefused() | Refunded():
            raise _contradiction(payment, outcome)


def _capturing(payment: Payment, outcome: Outcome, cause: str, now: datetime) -> Decision:
    match outcome:
        case Captured():
            event = PaymentCaptured(amount=_amount(payment))
            done = finish(payment, Status.CAPTURED, event, cause, now)
            return _then_give_back(done, Status.REFUNDING, payment.verdict, now)
        case CaptureRefused():
            return _capture_failed(payment, outcome, cause, now)
        case Voided() | Declined() | Unknown():
            return _capture_failed(payment, _GONE, cause, now)
        case Authorized():
            # Looked up: the capture never reached the provider. Now it may be asked anew.
            return intend(payment, Status.CAPTURING, cause, now)
        case ActionRequired() | Refunded():
            raise _contradiction(payment, outcome)


def _capture_failed(
    payment: Payment, refused: CaptureRefused, cause: str, now: datetime
) -> Decision:
    event = PaymentCaptureFailed(code=refused.code, message=refused.message)
    failed = finish(payment, Status.CAPTURE_FAILED, event, cause, now)
    return _then_give_back(failed, Status.VOIDING, payment.verdict, now)


def _then_give_back(done: Step, status: Status, verdict: str | None, now: datetime) -> Step:
    """Goes on to give back what came of a call that a verdict has overtaken."""
    return done if verdict is None else then(done, intend(done.payment, status, verdict, now))


def _voiding(payment: Payment, outcome: Outcome, cause: str, now: datetime) -> Decision:
    match outcome:
        case Voided() | Declined() | Unknown():
            return finish(payment, Status.VOIDED, PaymentVoided(amount=payment.amount), cause, now)
        case Authorized() | ActionRequired():
            return intend(payment, Status.VOIDING, cause, now)
        case Captured() | CaptureRefused() | Refunded():
            raise _contradiction(payment, outcome)


def _refunding(payment: Payment, outcome: Outcome, cause: str, now: datetime) -> Decision:
    match outcome:
        case Refunded():
            event = PaymentRefunded(amount=_amount(payment))
            return finish(payment, Status.REFUNDED, event, cause, now)
        case Captured():
            return intend(payment, Status.REFUNDING, cause, now)
        case Authorized() | ActionRequired() | Declined() | CaptureRefused() | Voided() | Unknown():
            raise _contradiction(payment, outcome)


def _declined(declined: Declined) -> PaymentDeclined:
    return PaymentDeclined(
        code=declined.code, message=declined.message, retryable=declined.retryable
    )


def _contradiction(payment: Payment, outcome: Outcome) -> Exception:
    """A person must look: the message is tried again and then parked, nothing is guessed."""
    return RetryLaterError(
        f"the provider says {type(outcome).__name__} of a payment that is {payment.status}"
    )


_BY_STATUS = {
    Status.AUTHORIZING: _authorizing,
    Status.ACTION_REQUIRED: _acting,
    Status.CAPTURING: _capturing,
    Status.VOIDING: _voiding,
    Status.REFUNDING: _refunding,
}
"""What an answer leads to, by where the payment stands; elsewhere no answer is awaited."""
