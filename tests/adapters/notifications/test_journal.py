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
from notifications.domain.feeds import MOST_FOLLOWERS
from notifications.ports import Followed, Journal, TooManyError
from shared import replay
from shared.errors import ReplayRefusedError, RetryLaterError, UnprocessableError

VIEW = timedelta(days=30)
OTHER = "1b5bfb4e-3d0c-5a39-9f0c-2f9f2f7e4f11"


@pytest.fixture
def clock() -> FakeClock:
    return FakeClock()


@pytest.fixture(params=["memory", "dynamodb"])
def journal(request: pytest.FixtureRequest, clock: FakeClock) -> Iterator[Journal]:
    if request.param == "memory":
        yield FakeJournal(now=clock, retains_for=VIEW)
        return
    with mock_aws():
        client = boto3.client("dynamodb", "eu-central-1")
        table = create(client, "notifications", "JournalTable")
        yield DynamoJournal(client, table, clock, keeps_for=timedelta(days=400), retains_for=VIEW)


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


def test_many_orders_are_read_at_once_with_their_followers(journal: Journal) -> None:
    journal.append(placed(("A", 1)))
    journal.append(confirmed())
    journal.follow(TRANSACTION, "c")
    journal.follow(OTHER, "d")
    unknown = "2b5bfb4e-3d0c-5a39-9f0c-2f9f2f7e4f11"
    assert journal.read_many([TRANSACTION, OTHER, unknown, TRANSACTION]) == {
        TRANSACTION: Followed((placed(("A", 1)), confirmed()), frozenset({"c"})),
        OTHER: Followed((), frozenset({"d"})),
        unknown: Followed(),
    }
    assert journal.read_many([]) == {}


def test_an_order_may_be_followed_before_anything_was_heard_of_it(journal: Journal) -> None:
    journal.follow(TRANSACTION, "c")
    assert journal.read(TRANSACTION) == ()
    assert journal.append(placed(("A", 1))) == (1, True)
    assert journal.read_many([TRANSACTION])[TRANSACTION].followers == {"c"}


def test_an_order_is_followed_by_so_many_and_no_more(journal: Journal) -> None:
    for number in range(MOST_FOLLOWERS):
        journal.follow(TRANSACTION, f"c{number}")
    with pytest.raises(TooManyError):
        journal.follow(TRANSACTION, "d")
    journal.follow(TRANSACTION, "c0")  # it follows already
    journal.unfollow(TRANSACTION, "c0")
    journal.follow(TRANSACTION, "d")
    followers = journal.read_many([TRANSACTION])[TRANSACTION].followers
    assert followers == {*(f"c{n}" for n in range(1, MOST_FOLLOWERS)), "d"}


def test_who_does_not_follow_can_not_leave_and_leaves_no_trace(journal: Journal) -> None:
    journal.follow(TRANSACTION, "c")
    for transaction, connection in ((TRANSACTION, "d"), (OTHER, "c")):
        journal.unfollow(transaction, connection)
    assert journal.read_many([TRANSACTION])[TRANSACTION].followers == {"c"}


def test_leaving_an_order_that_nobody_knows_writes_nothing() -> None:
    with mock_aws():
        client = boto3.client("dynamodb", "eu-central-1")
        table = create(client, "notifications", "JournalTable")
        journal = DynamoJournal(client, table, lambda: NOON, keeps_for=timedelta(days=1))
        journal.unfollow(TRANSACTION, "c")
        assert client.scan(TableName=table)["Items"] == []


def test_a_topic_is_to_be_cleared_so_long_after_its_orders_last_event(
    journal: Journal, clock: FakeClock
) -> None:
    journal.append(placed(("A", 1)))
    journal.append(placed(("A", 1), transaction=OTHER))
    clock.forward(3600)
    journal.append(confirmed())
    journal.append(placed(("A", 1), transaction=OTHER))  # again: it is no event
    assert list(journal.retained(NOON + VIEW)) == [OTHER]
    assert set(journal.retained(clock() + VIEW)) == {TRANSACTION, OTHER}
    assert list(journal.retained(clock())) == []


def test_an_order_leaves_the_list_unless_something_came_of_it_since(
    journal: Journal, clock: FakeClock
) -> None:
    journal.append(placed(("A", 1)))
    due = clock() + VIEW
    clock.forward(60)
    journal.append(confirmed())
    journal.forget_retained(TRANSACTION, due)
    assert list(journal.retained(clock() + VIEW)) == [TRANSACTION]
    for _ in range(2):
        journal.forget_retained(TRANSACTION, clock() + VIEW)
    assert list(journal.retained(clock() + VIEW)) == []
    assert len(journal.read(TRANSACTION)) == 2


def test_what_dynamodb_leaves_unread_is_read_later_not_taken_for_nothing() -> None:
    with mock_aws():
        client = boto3.client("dynamodb", "eu-central-1")
        table = create(client, "notifications", "JournalTable")
        journal = DynamoJournal(client, table, lambda: NOON, keeps_for=timedelta(days=1))
        journal.append(placed(("A", 1)))
        keys = {table: {"Keys": [{"transaction_id": {"S": TRANSACTION}}]}}
        client.meta.events.register(
            "after-call.dynamodb.BatchGetItem",
            lambda parsed, **_: parsed.update(Responses={}, UnprocessedKeys=keys),
        )
        with pytest.raises(RetryLaterError):
            journal.read_many([TRANSACTION])


def test_more_orders_than_one_call_takes_are_read_in_several(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(adapter, "MOST_KEYS", 2)
    with mock_aws():
        client = boto3.client("dynamodb", "eu-central-1")
        table = create(client, "notifications", "JournalTable")
        journal = DynamoJournal(client, table, lambda: NOON, keeps_for=timedelta(days=1))
        wanted = [f"{number}b5bfb4e-3d0c-5a39-9f0c-2f9f2f7e4f11" for number in range(5)]
        for transaction in wanted:
            journal.append(placed(("A", 1), transaction=transaction))
        found = journal.read_many(wanted)
    assert [len(found[transaction].entries) for transaction in wanted] == [1] * 5
