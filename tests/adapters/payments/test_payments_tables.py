"""Payments and the sandbox's books on DynamoDB, as the till has them in memory."""

from collections.abc import Iterator
from datetime import timedelta

import boto3
import pytest
from events import cancelled, confirmed, placed
from fakes_shared import TRANSACTION, FakeClock
from moto import mock_aws
from tables import create
from till import BANK, DRAWN, PAYMENT, Till, names

from payments.adapters import DynamoSwitchboard, payments, sandbox_books
from payments.books import Entry
from payments.domain.payment import Payment
from payments.paying import Deps, pay
from payments.sandbox import SandboxProvider
from payments.switches import UNTOUCHED, Authorizing, Capturing, Switchboard, Switches
from shared.records import Records


class Books:
    """payments over some records and some books."""

    def __init__(
        self, records: Records[Payment], books: Records[Entry], switchboard: Switchboard
    ) -> None:
        self.records, self.books, self.switchboard = records, books, switchboard
        self.clock = FakeClock()
        sandbox = SandboxProvider(
            books,
            switchboard,
            self.clock,
            self.clock.forward,
            lambda: DRAWN,
            timeout=timedelta(seconds=5),
            action_url=BANK,
        )
        self.deps = Deps(records, sandbox, self.clock)


@pytest.fixture(params=["memory", "dynamodb"])
def kept(request: pytest.FixtureRequest) -> Iterator[Books]:
    if request.param == "memory":
        till = Till()
        yield Books(till.payments, till.books, till.switchboard)
        return
    with mock_aws():
        client = boto3.client("dynamodb", "eu-central-1")
        records = payments(client, create(client, "payments", "PaymentsTable"))
        table = create(client, "payments", "SandboxTable")
        yield Books(records, sandbox_books(client, table), DynamoSwitchboard(client, table))


@pytest.mark.parametrize(
    ("method", "told"),
    [
        ("approve", ["PaymentAuthorized", "PaymentCaptured", "PaymentRefunded"]),
        ("capture_fail", ["PaymentAuthorized", "PaymentCaptureFailed", "PaymentVoided"]),
    ],
)
def test_a_whole_story_is_kept_and_told_again_alike(
    kept: Books, method: str, told: list[str]
) -> None:
    story = [placed(("A", 2), method=f"pm_sandbox_{method}"), confirmed(), cancelled()]
    first = [e for envelope in story for e in pay(envelope, kept.deps)]
    assert names(first) == told
    again = {e.event_id for envelope in story for e in pay(envelope, kept.deps)}
    assert again == {e.event_id for e in first}
    entry, record = kept.books.load(PAYMENT), kept.records.load(TRANSACTION)
    assert entry is not None
    assert record is not None
    assert (entry.status, record.status) in {("refunded", "REFUNDED"), ("voided", "VOIDED")}


def test_the_switches_stay_as_they_were_turned_last(kept: Books) -> None:
    assert kept.switchboard.read() == UNTOUCHED
    for authorize, capture in (("outage", "succeed"), ("slow", "fail")):
        turned = Switches(authorize=Authorizing(authorize), capture=Capturing(capture))
        kept.switchboard.turn(turned)
        assert kept.switchboard.read() == turned


def test_a_payment_that_began_under_a_switch_is_kept_with_it(kept: Books) -> None:
    fails = Switches(authorize=Authorizing.APPROVE, capture=Capturing.FAIL)
    kept.switchboard.turn(fails)
    list(pay(placed(("A", 2), method="pm_sandbox_decline"), kept.deps))
    told = names(pay(confirmed(), kept.deps))
    kept.switchboard.turn(UNTOUCHED)
    entry = kept.books.load(PAYMENT)
    assert entry is not None
    assert (entry.switched, entry.capture_refused) == ("approve", True)
    assert told == ["PaymentCaptureFailed"]
    assert names(pay(cancelled(), kept.deps)) == ["PaymentVoided"]
