"""Payments and the sandbox's books on DynamoDB, as the till has them in memory."""

from collections.abc import Iterator
from datetime import timedelta

import boto3
import pytest
from events import cancelled, confirmed, placed
from fakes_shared import TRANSACTION, FakeClock
from moto import mock_aws
from tables import create
from till import PAYMENT, Till, names

from payments.adapters import payments, sandbox_books
from payments.domain.payment import Payment
from payments.paying import Deps, pay
from payments.sandbox import Entry, SandboxProvider
from shared.records import Records


class Books:
    """payments over some records and some books."""

    def __init__(self, records: Records[Payment], books: Records[Entry]) -> None:
        self.records, self.books, self.clock = records, books, FakeClock()
        sandbox = SandboxProvider(
            books, self.clock, self.clock.forward, timeout=timedelta(seconds=5)
        )
        self.deps = Deps(records, sandbox, self.clock)


@pytest.fixture(params=["memory", "dynamodb"])
def kept(request: pytest.FixtureRequest) -> Iterator[Books]:
    if request.param == "memory":
        till = Till()
        yield Books(till.payments, till.books)
        return
    with mock_aws():
        client = boto3.client("dynamodb", "eu-central-1")
        records = payments(client, create(client, "payments", "PaymentsTable"))
        yield Books(records, sandbox_books(client, create(client, "payments", "SandboxTable")))


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
