import json

import pytest
from events import cancelled, confirmed, euros, placed
from fakes_shared import TRANSACTION
from till import FakeSwitchboard, Till, names

from payments import switching
from payments.domain.outcomes import (
    ActionRequired,
    Authorized,
    Captured,
    CaptureRefused,
    Declined,
)
from payments.switches import UNTOUCHED, Authorizing, Capturing
from shared.errors import RetryableError
from shared.http import ProblemError, Request

CLAIMS = {"scope": "operate"}
OUTAGE = {"authorize": "outage", "capture": "as_asked"}


def _turning(body: object, claims: dict[str, str] = CLAIMS) -> Request:
    return Request(body=json.dumps(body).encode(), claims=claims)


def _method(name: str) -> str:
    return f"pm_sandbox_{name}"


def _authorize(till: Till, method: str = "approve") -> Authorized | Declined | ActionRequired:
    return till.sandbox.authorize(
        "a", transaction_id=TRANSACTION, amount=euros(200), payment_method=_method(method)
    )


def _capture(till: Till, held: Authorized) -> Captured | CaptureRefused:
    identity = held.authorization_id
    return till.sandbox.capture("c", authorization_id=identity, amount=euros(200))


def test_untouched_switches_leave_everything_to_the_payment_method() -> None:
    answer = switching.show(Request(claims=CLAIMS), FakeSwitchboard())
    assert answer.document == {"authorize": "as_asked", "capture": "as_asked"}


def test_switches_that_are_turned_are_answered_and_kept() -> None:
    board = FakeSwitchboard()
    assert switching.turn(_turning(OUTAGE), board).document == OUTAGE
    assert switching.show(Request(claims=CLAIMS), board).document == OUTAGE


@pytest.mark.parametrize(
    ("body", "wrong"),
    [
        ({"authorize": "explode", "capture": "as_asked"}, ["authorize"]),
        ({"authorize": "slow", "capture": "outage"}, ["capture"]),
        ({}, ["authorize", "capture"]),
        (OUTAGE | {"refund": "fail"}, ["refund"]),
    ],
)
def test_each_wrong_field_is_named_and_nothing_is_turned(
    body: dict[str, str], wrong: list[str]
) -> None:
    board = FakeSwitchboard()
    with pytest.raises(ProblemError) as refused:
        switching.turn(_turning(body), board)
    assert (refused.value.status, refused.value.code) == (422, "invalid-request")
    assert [error.field for error in refused.value.errors] == wrong
    assert board.switches == UNTOUCHED


@pytest.mark.parametrize("claims", [{}, {"scope": "read cancel"}, {"scope": "orderbus/operated"}])
def test_who_is_no_operator_neither_sees_nor_turns_the_switches(claims: dict[str, str]) -> None:
    board = FakeSwitchboard()
    for call in (switching.show, switching.turn):
        with pytest.raises(ProblemError) as refused:
            call(_turning(OUTAGE, claims), board)
        assert (refused.value.status, refused.value.code) == (403, "scope")
    assert board.switches == UNTOUCHED


@pytest.mark.parametrize(
    ("switch", "asked", "told"),
    [
        ("approve", "decline", "PaymentAuthorized"),
        ("approve", "none_of_ours", "PaymentAuthorized"),
        ("approve", "outage", "PaymentAuthorized"),
        ("decline", "approve", "PaymentDeclined"),
        ("action_required", "approve", "PaymentActionRequired"),
        ("as_asked", "decline", "PaymentDeclined"),
    ],
)
def test_a_switch_overrides_the_payment_method(switch: str, asked: str, told: str) -> None:
    till = Till()
    till.switch(authorize=switch)
    assert names(till.tell(placed(("A", 2), method=_method(asked)))) == [told]


def test_a_card_that_is_declined_by_a_switch_is_declined_as_a_card() -> None:
    till = Till()
    till.switch(authorize="decline")
    (event,) = till.tell(placed(("A", 2), method="pm_somebody_elses"))
    assert event.document["data"]["code"] == "card_declined"


def test_a_payment_that_is_switched_to_slow_is_answered_after_its_time() -> None:
    till = Till()
    till.switch(authorize="slow")
    begun = till.clock()
    assert names(till.tell_until_done(placed(("A", 2)))) == ["PaymentAuthorized"]
    assert (till.clock() - begun).total_seconds() >= 35


def test_an_outage_lasts_until_it_is_switched_off_and_then_the_order_goes_on() -> None:
    till = Till()
    till.switch(authorize="outage")
    for _ in range(20):
        with pytest.raises(RetryableError, match="until it is switched back"):
            till.tell(placed(("A", 2)))
        till.clock.forward(60)
    assert till.at_provider == []
    till.switch()
    assert names(till.tell(placed(("A", 2)))) == ["PaymentAuthorized"]


def test_an_outage_holds_up_new_payments_and_no_others() -> None:
    till = Till()
    till.tell(placed(("A", 2)))
    till.switch(authorize="outage")
    assert names(till.tell(confirmed())) == ["PaymentCaptured"]
    assert names(till.tell(cancelled())) == ["PaymentRefunded"]


@pytest.mark.parametrize("later", list(Authorizing))
@pytest.mark.parametrize("first", ["approve", "decline", "action_required", "as_asked"])
def test_the_same_key_gets_the_same_answer_however_the_switches_are_turned(
    first: str, later: str
) -> None:
    till = Till()
    till.switch(authorize=first)
    answer = _authorize(till)
    till.switch(authorize=later)
    assert _authorize(till) == answer
    assert till.sandbox.lookup("a") == answer
    assert len(till.at_provider) == 1


@pytest.mark.parametrize("later", ["approve", "decline", "outage", "as_asked"])
def test_a_slow_payment_stays_slow_and_is_approved_in_the_end(later: str) -> None:
    till = Till()
    till.switch(authorize="slow")
    with pytest.raises(RetryableError):
        till.tell(placed(("A", 2), method=_method("decline")))
    till.switch(authorize=later)
    with pytest.raises(RetryableError):
        till.tell(placed(("A", 2), method=_method("decline")))
    till.clock.forward(35)
    told = till.tell(placed(("A", 2), method=_method("decline")))
    assert names(told) == ["PaymentAuthorized"]


@pytest.mark.parametrize(
    ("switch", "asked", "told"),
    [
        ("fail", "approve", "PaymentCaptureFailed"),
        ("fail", "capture_fail", "PaymentCaptureFailed"),
        ("succeed", "capture_fail", "PaymentCaptured"),
        ("as_asked", "approve", "PaymentCaptured"),
        ("as_asked", "capture_fail", "PaymentCaptureFailed"),
    ],
)
@pytest.mark.parametrize("authorize", ["as_asked", "approve"])
def test_a_switch_decides_over_captures(authorize: str, switch: str, asked: str, told: str) -> None:
    till = Till()
    till.switch(authorize=authorize, capture=switch)
    till.tell(placed(("A", 2), method=_method(asked)))
    assert names(till.tell(confirmed())) == [told]


@pytest.mark.parametrize("later", list(Capturing))
@pytest.mark.parametrize("first", list(Capturing))
@pytest.mark.parametrize("asked", ["approve", "capture_fail"])
def test_a_capture_that_was_answered_is_answered_alike_for_good(
    asked: str, first: str, later: str
) -> None:
    till = Till()
    held = _authorize(till, asked)
    assert isinstance(held, Authorized)
    till.switch(capture=first)
    answer = _capture(till, held)
    till.switch(capture=later)
    assert _capture(till, held) == answer


def test_the_switches_are_read_once_for_each_new_payment_and_each_new_capture() -> None:
    till = Till()
    till.tell(placed(("A", 2)))
    assert till.switchboard.reads == 1
    till.tell(confirmed())
    assert till.switchboard.reads == 2
    for event in (placed(("A", 2)), confirmed(), cancelled()):
        till.tell(event)
    assert till.switchboard.reads == 2


def test_an_entry_from_before_there_were_switches_goes_on_by_its_payment_method() -> None:
    till = Till()
    till.tell(placed(("A", 2), method=_method("capture_fail")))
    (pk,) = till.books.kept
    old = till.books.kept[pk].model_dump(exclude={"switched", "capture_refused"})
    till.books.kept[pk] = type(till.books.kept[pk]).model_validate(old)
    assert names(till.tell(confirmed())) == ["PaymentCaptureFailed"]
