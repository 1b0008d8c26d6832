from datetime import timedelta

import pytest
from events import cancelled, confirmed, euros, event, placed, rejected
from fakes_shared import NOON, TRANSACTION
from till import CrashError, Till, names

from payments.domain.decide import decide
from payments.domain.messages import ActionDone, Answered, Step
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
from payments.domain.payment import Intent, Operation, Payment, Status
from payments.ports import ProviderTimeoutError, ProviderUnavailableError
from shared.decision import Ignored
from shared.errors import ConflictError, RetryLaterError, UnprocessableError
from shared.events import (
    Envelope,
    PaymentDeclined,
    PaymentVoided,
    StockCommitted,
)

DAY = timedelta(days=1)


def _placed(method: str = "approve") -> Envelope:
    return placed(("A", 2), method=f"pm_sandbox_{method}")


@pytest.fixture
def till() -> Till:
    return Till()


def test_an_order_is_authorized_and_captured_only_once_confirmed(till: Till) -> None:
    assert names(till.tell(_placed())) == ["PaymentAuthorized"]
    assert till.at_provider == ["authorized"]
    assert names(till.tell(confirmed())) == ["PaymentCaptured"]
    assert till.at_provider == ["captured"]


def test_the_intent_is_committed_before_the_provider_hears_of_it(till: Till) -> None:
    till.tell(_placed())
    assert till.calls == ["save", "authorize", "save"]


def test_what_the_provider_answered_is_on_record(till: Till) -> None:
    till.tell(_placed())
    till.tell(confirmed())
    answers = till.payments.kept[TRANSACTION].answers
    assert [(a.operation, a.outcome, a.code) for a in answers] == [
        ("authorize", "Authorized", None),
        ("capture", "Captured", None),
    ]


@pytest.mark.parametrize(
    ("method", "refused"),
    [
        ("decline", ("authorize", "Declined", "card_declined")),
        ("capture_fail", ("capture", "CaptureRefused", "capture_refused")),
    ],
)
def test_why_the_provider_refused_is_on_record(
    till: Till, method: str, refused: tuple[str, str, str]
) -> None:
    for envelope in (_placed(method), confirmed()):
        till.tell(envelope)
    answer = till.payments.kept[TRANSACTION].answers[-1]
    assert (answer.operation, answer.outcome, answer.code) == refused


@pytest.mark.parametrize("verdict", [rejected(), cancelled()], ids=["rejected", "cancelled"])
def test_a_verdict_on_a_declined_payment_is_told_of_the_decline_again(
    till: Till, verdict: Envelope
) -> None:
    declined = till.tell(_placed("decline"))
    assert till.tell(verdict) == declined
    assert till.at_provider == ["declined"]


def test_a_verdict_that_the_decline_led_to_is_not_answered_with_the_decline(till: Till) -> None:
    # orders would answer it with its verdict, and so on for ever
    (declined,) = till.tell(_placed("decline"))
    verdict = event("orders", rejected().data, cause=declined.event_id)
    assert till.tell(verdict) == []


def test_a_verdict_brings_out_a_decline_whose_notice_never_got_published(till: Till) -> None:
    till.tell(_placed("action_required"))
    lost = till.act(succeeds=False)
    assert names(lost) == ["PaymentDeclined"]
    assert till.tell(rejected()) == lost


@pytest.mark.parametrize(
    ("method", "code"),
    [("decline", "card_declined"), ("no_such_method", "invalid_payment_method")],
)
def test_a_refused_payment_holds_nothing(till: Till, method: str, code: str) -> None:
    (declined,) = till.tell(_placed(method))
    assert isinstance(declined.data, PaymentDeclined)
    assert declined.data.code == code
    assert till.at_provider == ["declined"]


@pytest.mark.parametrize("verdict", [rejected(), cancelled()], ids=["rejected", "cancelled"])
def test_a_dead_order_is_voided(till: Till, verdict: Envelope) -> None:
    till.tell(_placed())
    (voided,) = till.tell(verdict)
    assert isinstance(voided.data, PaymentVoided)
    assert voided.data.amount == euros(200)
    assert till.at_provider == ["voided"]


def test_a_cancelled_order_that_was_captured_is_refunded(till: Till) -> None:
    till.tell(_placed())
    till.tell(confirmed())
    assert names(till.tell(cancelled())) == ["PaymentRefunded"]
    assert till.at_provider == ["refunded"]


def test_a_refused_capture_is_told_and_its_hold_voided_on_cancelling(till: Till) -> None:
    till.tell(_placed("capture_fail"))
    assert names(till.tell(confirmed())) == ["PaymentCaptureFailed"]
    assert names(till.tell(cancelled())) == ["PaymentVoided"]
    assert till.at_provider == ["voided"]


def test_a_verdict_before_the_order_leaves_a_tombstone_and_is_answered(till: Till) -> None:
    (voided,) = till.tell(cancelled())
    assert isinstance(voided.data, PaymentVoided)
    assert voided.data.amount is None
    assert till.tell(_placed()) == []
    assert till.at_provider == []


@pytest.mark.parametrize(
    "story",
    [
        [_placed(), confirmed(), cancelled()],
        [_placed(), rejected()],
        [_placed("capture_fail"), confirmed(), cancelled()],
        [_placed("decline")],
        [cancelled()],
    ],
)
def test_a_repeated_message_calls_nobody_and_publishes_the_same(
    till: Till, story: list[Envelope]
) -> None:
    published = [till.tell(envelope) for envelope in story]
    before = (dict(till.payments.kept), dict(till.books.kept))
    for envelope, first in zip(story, published, strict=True):
        again = [e.event_id for e in till.tell(envelope)]
        assert [e.event_id for e in first] == again[: len(first)]
    assert (till.payments.kept, till.books.kept) == before


def test_a_confirmation_without_an_authorization_is_a_case_for_people(till: Till) -> None:
    with pytest.raises(UnprocessableError, match="no payment was ever authorized"):
        till.tell(confirmed())


def test_an_event_that_payments_has_no_use_for_is_refused(till: Till) -> None:
    odd = event("inventory", StockCommitted(lines=()))
    for _ in range(2):
        with pytest.raises(UnprocessableError, match="StockCommitted"):
            till.tell(odd)
        till.tell(_placed())


def test_a_late_confirmation_of_a_voided_payment_captures_nothing(till: Till) -> None:
    till.tell(_placed())
    till.tell(cancelled())
    assert till.tell(confirmed()) == []
    assert till.at_provider == ["voided"]


def test_a_second_request_for_the_same_order_pays_nothing(till: Till) -> None:
    till.tell(_placed())
    other = placed(("A", 2)).model_copy(
        update={"metadata": event("orders", _placed().data, cause="other").metadata}
    )
    assert till.tell(other) == []
    assert till.at_provider == ["authorized"]


def test_a_slow_provider_is_asked_again_with_the_same_key(till: Till) -> None:
    with pytest.raises(ProviderTimeoutError):
        till.tell(_placed("slow"))
    assert till.clock.moment - NOON == timedelta(seconds=5)
    assert names(till.tell_until_done(_placed("slow"))) == ["PaymentAuthorized"]
    assert till.clock.moment - NOON >= timedelta(seconds=35)
    assert till.at_provider == ["authorized"]


def test_an_outage_is_waited_out(till: Till) -> None:
    with pytest.raises(ProviderUnavailableError):
        till.tell(_placed("outage"))
    assert till.at_provider == []
    assert names(till.tell_until_done(_placed("outage"))) == ["PaymentAuthorized"]
    assert till.clock.moment - NOON >= timedelta(seconds=20)


def test_a_verdict_during_an_outstanding_call_voids_what_comes_of_it(till: Till) -> None:
    with pytest.raises(ProviderTimeoutError):
        till.tell(_placed("slow"))
    assert till.tell(cancelled()) == []
    (voided,) = till.tell_until_done(_placed("slow"))
    assert voided.detail_type == "PaymentVoided"
    for again in (cancelled(), _placed("slow")):
        # Either message's worker may die between its commit and its publish.
        assert [e.event_id for e in till.tell(again)] == [voided.event_id]
    assert till.at_provider == ["voided"]


def test_a_verdict_takes_up_a_call_that_was_left_behind(till: Till) -> None:
    with pytest.raises(ProviderTimeoutError):
        till.tell(_placed("slow"))
    till.clock.forward(60)
    assert names(till.tell(cancelled())) == ["PaymentVoided"]
    assert till.at_provider == ["voided"]


def test_a_verdict_that_was_noted_is_noted_once(till: Till) -> None:
    with pytest.raises(ProviderTimeoutError):
        till.tell(_placed("slow"))
    till.tell(cancelled())
    noted = till.payments.kept[TRANSACTION]
    assert till.tell(cancelled()) == []
    assert till.tell(rejected()) == []
    assert till.payments.kept[TRANSACTION] == noted


def test_a_verdict_during_an_outstanding_action_is_voided(till: Till) -> None:
    assert names(till.tell(_placed("action_required"))) == ["PaymentActionRequired"]
    assert names(till.tell(rejected())) == ["PaymentVoided"]
    assert till.act(succeeds=True) == []
    assert till.at_provider == ["voided"]


@pytest.mark.parametrize(
    ("outcome", "told"), [("succeeds", "PaymentAuthorized"), ("fails", "PaymentDeclined")]
)
def test_the_shoppers_action_decides_and_its_notice_may_come_twice(
    till: Till, outcome: str, told: str
) -> None:
    till.tell(_placed("action_required"))
    first = till.act(succeeds=outcome == "succeeds")
    assert names(first) == [told]
    assert till.act(succeeds=outcome == "succeeds") == first


def test_a_notice_before_the_action_is_done_changes_nothing(till: Till) -> None:
    till.tell(_placed("action_required"))
    assert decide(None, ActionDone(TRANSACTION), NOON) == Ignored("no such payment")
    till.sandbox.act("another:authorize", succeeds=True)
    payment = till.payments.kept[TRANSACTION]
    pending = Answered(Operation.LOOKUP, ActionRequired("a", "u", NOON))
    assert isinstance(decide(payment, pending, NOON), Ignored)


def test_a_day_old_unknown_outcome_is_looked_up_not_asked_again(till: Till) -> None:
    with pytest.raises(ProviderTimeoutError):
        till.tell(_placed("slow"))
    till.clock.forward(DAY.total_seconds())
    till.calls.clear()
    assert names(till.tell(_placed("slow"))) == ["PaymentAuthorized"]
    assert till.calls == ["save", "load", "lookup", "save"]


def test_a_day_old_authorization_that_the_provider_never_got_is_declined(till: Till) -> None:
    with pytest.raises(ProviderUnavailableError):
        till.tell(_placed("outage"))
    till.clock.forward(DAY.total_seconds())
    (declined,) = till.tell(_placed("outage"))
    assert isinstance(declined.data, PaymentDeclined)
    assert declined.data.code == "authorization_lost"


def test_a_worker_that_finds_the_answer_taken_publishes_what_the_other_did(till: Till) -> None:
    first = till.tell(_placed())
    done = till.payments.kept[TRANSACTION]
    late = Answered(Operation.AUTHORIZE, Authorized("a"))
    decision = decide(done, late, NOON)
    assert isinstance(decision, Ignored)
    assert decision.publish == tuple(first)


def test_an_answer_for_nobody_is_ignored() -> None:
    assert isinstance(decide(None, Answered(Operation.VOID, Voided()), NOON), Ignored)


def test_a_writer_who_is_always_overtaken_gives_up_for_now(till: Till) -> None:
    till.payments.conflicts = 99
    with pytest.raises(ConflictError):
        till.tell(_placed())


def test_a_crash_after_the_providers_effect_is_made_good_by_a_redelivery() -> None:
    # The calls are save, authorize, save; each may die before and after: here after authorize.
    till = Till(faults=[False, False, False, True])
    with pytest.raises(CrashError):
        till.tell(_placed())
    assert till.at_provider == ["authorized"]
    assert till.status == "AUTHORIZING"
    assert names(till.tell(_placed())) == ["PaymentAuthorized"]
    assert till.at_provider == ["authorized"]


def _working(status: Status, operation: Operation, verdict: str | None = None) -> Payment:
    return Payment(
        transaction_id=TRANSACTION,
        status=status,
        amount=euros(200),
        payment_method="pm_sandbox_approve",
        authorization_id="auth",
        intent=Intent(operation=operation, cause="c", at=NOON),
        verdict=verdict,
        version=1,
    )


AUTHORIZING = _working(Status.AUTHORIZING, Operation.AUTHORIZE)
CAPTURING = _working(Status.CAPTURING, Operation.CAPTURE)
VOIDING = _working(Status.VOIDING, Operation.VOID)
REFUNDING = _working(Status.REFUNDING, Operation.REFUND)
ACTING = _working(Status.ACTION_REQUIRED, Operation.AUTHORIZE)
DOOMED = "the verdict's id"


@pytest.mark.parametrize(
    ("payment", "outcome", "status", "published"),
    [
        (AUTHORIZING, Authorized("a"), "AUTHORIZED", ["PaymentAuthorized"]),
        (AUTHORIZING, Unknown(), "DECLINED", ["PaymentDeclined"]),
        (ACTING, Voided(), "DECLINED", ["PaymentDeclined"]),
        (ACTING, Unknown(), "DECLINED", ["PaymentDeclined"]),
        (ACTING, Declined("c", "m"), "DECLINED", ["PaymentDeclined"]),
        (CAPTURING, Captured(), "CAPTURED", ["PaymentCaptured"]),
        (CAPTURING, Authorized("a"), "CAPTURING", []),
        (CAPTURING, Voided(), "CAPTURE_FAILED", ["PaymentCaptureFailed"]),
        (CAPTURING, Declined("c", "m"), "CAPTURE_FAILED", ["PaymentCaptureFailed"]),
        (CAPTURING, Unknown(), "CAPTURE_FAILED", ["PaymentCaptureFailed"]),
        (VOIDING, Voided(), "VOIDED", ["PaymentVoided"]),
        (VOIDING, Declined("c", "m"), "VOIDED", ["PaymentVoided"]),
        (VOIDING, Unknown(), "VOIDED", ["PaymentVoided"]),
        (VOIDING, Authorized("a"), "VOIDING", []),
        (VOIDING, ActionRequired("a", "u", NOON), "VOIDING", []),
        (REFUNDING, Refunded(), "REFUNDED", ["PaymentRefunded"]),
        (REFUNDING, Captured(), "REFUNDING", []),
    ],
)
def test_what_was_looked_up_leads_on(
    payment: Payment, outcome: Outcome, status: str, published: list[str]
) -> None:
    step = decide(payment, Answered(Operation.LOOKUP, outcome), NOON + DAY)
    assert isinstance(step, Step)
    assert (step.payment.status, names(step.publish)) == (status, published)
    assert (step.call is not None) == (not published)


@pytest.mark.parametrize(
    ("payment", "outcome", "published", "call"),
    [
        (AUTHORIZING, Authorized("a"), [], Operation.VOID),
        (AUTHORIZING, ActionRequired("a", "u", NOON), [], Operation.VOID),
        (AUTHORIZING, Declined("c", "m"), ["PaymentDeclined"], None),
        (CAPTURING, Captured(), ["PaymentCaptured"], Operation.REFUND),
        (CAPTURING, CaptureRefused("c", "m"), ["PaymentCaptureFailed"], Operation.VOID),
    ],
)
def test_a_verdict_that_was_noted_is_carried_out_by_whoever_gets_the_answer(
    payment: Payment, outcome: Outcome, published: list[str], call: Operation | None
) -> None:
    doomed = payment.model_copy(update={"verdict": DOOMED})
    assert payment.intent is not None
    step = decide(doomed, Answered(payment.intent.operation, outcome), NOON)
    assert isinstance(step, Step)
    assert (names(step.publish), step.call) == (published, call)
    if call is not None:
        assert step.payment.intent is not None
        assert step.payment.intent.cause == DOOMED


@pytest.mark.parametrize(
    ("payment", "outcome"),
    [
        (AUTHORIZING, Captured()),
        (ACTING, Refunded()),
        (CAPTURING, Refunded()),
        (VOIDING, Captured()),
        (REFUNDING, Voided()),
    ],
)
def test_an_answer_that_contradicts_the_record_is_never_guessed_away(
    payment: Payment, outcome: Outcome
) -> None:
    with pytest.raises(RetryLaterError, match=type(outcome).__name__):
        decide(payment, Answered(Operation.LOOKUP, outcome), NOON)


def test_a_record_that_lacks_what_it_must_have_is_not_worked_on() -> None:
    without = AUTHORIZING.model_copy(update={"intent": None})
    with pytest.raises(RetryLaterError):
        decide(without, Answered(Operation.LOOKUP, Voided()), NOON)
    penniless = CAPTURING.model_copy(update={"amount": None})
    with pytest.raises(RetryLaterError):
        decide(penniless, Answered(Operation.CAPTURE, Captured()), NOON)


def test_a_settled_payment_ignores_a_lookup() -> None:
    settled = _working(Status.VOIDED, Operation.VOID)
    assert isinstance(decide(settled, Answered(Operation.LOOKUP, Voided()), NOON), Ignored)
