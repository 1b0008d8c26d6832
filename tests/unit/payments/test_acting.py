import json
from collections.abc import Iterable

import pytest
from events import cancelled, confirmed, placed
from fakes_shared import TRANSACTION, FakeBus
from till import ACTION, BANK, DRAWN, PAYMENT, Till

from payments.acting import Deps, finish
from payments.domain.outcomes import ActionRequired
from payments.domain.payment import Operation
from payments.paying import key
from shared.errors import PublishError
from shared.events import Envelope, PaymentActionRequired
from shared.http import ProblemError, Request, Response


class Bank:
    """The sandbox's bank, where a shopper was sent to confirm."""

    def __init__(self, method: str = "action_required", bus: FakeBus | None = None) -> None:
        self.till = Till()
        self.told = self.till.tell(placed(("A", 2), method=f"pm_sandbox_{method}"))
        self.bus = bus or FakeBus()
        self.deps = Deps(self.till.deps, self.till.sandbox, self.bus)

    def act(self, outcome: str = "succeeded", action_id: str = ACTION) -> Response:
        """Does what a shopper does there."""
        body = json.dumps({"outcome": outcome}).encode()
        return finish(Request(path={"action_id": action_id}, body=body), self.deps)

    def refuses(self, outcome: str = "succeeded", action_id: str = ACTION) -> tuple[int, str]:
        """Answers how the bank refuses what a shopper does there."""
        with pytest.raises(ProblemError) as refused:
            self.act(outcome, action_id)
        return refused.value.status, refused.value.code


def test_the_shopper_is_sent_to_the_banks_page_with_what_opens_the_payment() -> None:
    bank = Bank()
    (asked,) = bank.told
    assert isinstance(asked.data, PaymentActionRequired)
    assert asked.data.action_url == f"{BANK}{ACTION}"
    looked_up = bank.till.sandbox.lookup(key(TRANSACTION, Operation.AUTHORIZE))
    assert isinstance(looked_up, ActionRequired)
    assert looked_up.url == f"{BANK}{ACTION}"


@pytest.mark.parametrize(
    ("outcome", "told", "booked"),
    [("succeeded", "PaymentAuthorized", "authorized"), ("failed", "PaymentDeclined", "declined")],
)
def test_what_the_shopper_does_is_done_once_and_answered_and_told_each_time(
    outcome: str, told: str, booked: str
) -> None:
    bank = Bank()
    for _ in range(2):
        answer = bank.act(outcome)
        assert (answer.status, answer.document) == (200, {"outcome": outcome})
    assert bank.till.at_provider == [booked]
    assert bank.bus.names() == [told, told]
    assert len({event.event_id for event in bank.bus.published}) == 1


@pytest.mark.parametrize(("first", "then"), [("succeeded", "failed"), ("failed", "succeeded")])
def test_the_first_answer_stays(first: str, then: str) -> None:
    bank = Bank()
    bank.act(first)
    status = bank.till.status
    assert bank.refuses(then) == (409, "action-over")
    assert bank.till.status == status
    assert len({event.event_id for event in bank.bus.published}) == 1


def test_confirming_again_is_the_same_after_the_payment_was_taken_and_given_back() -> None:
    bank = Bank()
    bank.act()
    for event, status in ((confirmed(), "CAPTURED"), (cancelled(), "REFUNDED")):
        bank.till.tell(event)
        assert bank.till.status == status
        assert bank.act().status == 200
        assert bank.till.status == status


def test_an_order_that_was_given_up_waits_for_no_answer() -> None:
    bank = Bank()
    bank.till.tell(cancelled())
    for outcome in ("succeeded", "failed"):
        assert bank.refuses(outcome) == (409, "action-over")
    assert bank.till.at_provider == ["voided"]


@pytest.mark.parametrize(
    "action_id",
    [
        PAYMENT.removeprefix("payment#"),  # whoever knows the transaction can know this one
        PAYMENT.removeprefix("payment#") + ".",
        PAYMENT.removeprefix("payment#") + ".None",
        ACTION[:-1],
        ACTION + "=",
        f"auth_0.{DRAWN}",
        "é",
        "",
    ],
)
def test_who_does_not_know_the_action_can_do_nothing(action_id: str) -> None:
    bank = Bank()
    assert bank.refuses(action_id=action_id) == (404, "unknown-action")
    assert bank.till.at_provider == ["action_required"]
    assert bank.bus.published == []


def test_a_payment_that_needs_no_action_can_not_be_acted_on() -> None:
    bank = Bank("approve")
    for action_id in (ACTION, PAYMENT.removeprefix("payment#")):
        assert bank.refuses("failed", action_id) == (404, "unknown-action")
    assert bank.till.at_provider == ["authorized"]


def test_an_outcome_that_the_bank_does_not_know_is_named() -> None:
    bank = Bank()
    with pytest.raises(ProblemError) as refused:
        bank.act("perhaps")
    assert refused.value.status == 422
    assert [error.field for error in refused.value.errors] == ["outcome"]


def test_what_could_not_be_published_is_published_when_the_shopper_tries_again() -> None:
    class Refusing(FakeBus):
        """Refuses once."""

        refused = False

        def publish(self, envelopes: Iterable[Envelope]) -> None:
            if not self.refused:
                self.refused = True
                raise PublishError({"e": "InternalFailure"})
            super().publish(envelopes)

    bank = Bank(bus=Refusing())
    with pytest.raises(PublishError):
        bank.act()
    assert bank.act().status == 200
    assert bank.bus.names() == ["PaymentAuthorized"]
