"""The same cases for the journal in memory and on DynamoDB."""

from collections.abc import Iterator
from datetime import timedelta

import boto3
import pytest
from events import confirmed, placed, rejected
from fakes_notifications import MOST_ENTRIES, FakeJournal
from fakes_shared import NOON, TRANSACTION, FakeClock
from moto import mock_aws
from project import resources
from tables import create

from notifications.adapters import DynamoJournal
from notifications.adapters import journal as adapter
from notifications.ports import Journal
from shared import replay
from shared.errors import ReplayRefusedError, UnprocessableError

OTHER = "1b5bfb4e-3d0c-5a39-9f0c-2f9f2f7e4f11"


@pytest.fixture(params=["memory", "dynamodb"])
def journal(request: pytest.FixtureRequest) -> Iterator[Journal]:
    if request.param == "memory":
        yield FakeJournal()
        return
    with mock_aws():
        client = boto3.client("dynamodb", "eu-central-1")
        table = create(client, "notifications", "JournalTable")
        yield DynamoJournal(client, table, lambda: NOON, keeps_for=timedelta(days=400))


def test_an_unknown_transaction_has_no_events(journal: Journal) -> None:
    assert journal.read(TRANSACTION) == ()


def test_events_are_numbered_without_a_gap_for_each_transaction(journal: Journal) -> None:
    assert journal.append(placed(("A", 1))) == (1, True)
    assert journal.append(placed(("A", 1), transaction=OTHER)) == (1, True)
    assert journal.append(confirmed()) == (2, True)
    assert journal.read(TRANSACTION) == (placed(("A", 1)), confirmed())


def test_an_event_that_comes_again_takes_no_number(journal: Journal) -> None:
    journal.append(placed(("A", 1)))
    assert journal.append(placed(("A", 1))) == (1, False)
    assert journal.append(rejected()) == (2, True)
    assert len(journal.read(TRANSACTION)) == 2


def test_a_full_journal_is_a_case_for_people(
    journal: Journal, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(adapter, "MOST_ENTRIES", 2)
    monkeypatch.setattr("fakes_notifications.MOST_ENTRIES", 2)
    journal.append(placed(("A", 1)))
    journal.append(confirmed())
    with pytest.raises(UnprocessableError, match="full"):
        journal.append(rejected())
    assert journal.append(confirmed()) == (2, False)


def test_a_journal_is_kept_from_its_last_event_on_and_then_forgotten() -> None:
    table = resources("notifications", "AWS::DynamoDB::Table")["JournalTable"]
    lifetime = table["Properties"]["TimeToLiveSpecification"]
    clock = FakeClock()
    with mock_aws():
        client = boto3.client("dynamodb", "eu-central-1")
        name = create(client, "notifications", "JournalTable")
        journal = DynamoJournal(client, name, clock, keeps_for=timedelta(days=400))
        for envelope in (placed(("A", 1)), confirmed()):
            clock.forward(60)
            journal.append(envelope)
        (item,) = client.scan(TableName=name)["Items"]
    expires = int(item[lifetime["AttributeName"]]["N"])
    assert lifetime["Enabled"]
    assert expires == (NOON + timedelta(days=400, minutes=2)).timestamp()


def test_the_fake_is_as_large_as_the_real_one() -> None:
    assert adapter.MOST_ENTRIES == MOST_ENTRIES


def test_a_replayed_event_is_not_journalled() -> None:
    with mock_aws():
        client = boto3.client("dynamodb", "eu-central-1")
        journal = DynamoJournal(client, "none", lambda: NOON, keeps_for=timedelta(days=1))
        with replay.handling("drill"), pytest.raises(ReplayRefusedError):
            journal.append(confirmed())
