"""The same cases for records in memory and in DynamoDB."""

from collections.abc import Iterator

import boto3
import pytest
from fakes_shared import NOON, TRANSACTION, FakeRecords
from moto import mock_aws

from shared import replay
from shared.errors import ConflictError, ReplayRefusedError
from shared.events import StockReleased, compose
from shared.history import Record, Transition
from shared.records import DynamoRecords, Records

EVENT = compose(
    StockReleased(lines=(), reason="expired"),
    service="inventory",
    transaction_id=TRANSACTION,
    cause="c",
    now=NOON,
)


class Thing(Record):
    """A record with everything that records keep."""

    transaction_id: str = TRANSACTION
    count: int = 0
    note: str | None = None
    history: tuple[Transition, ...] = ()


@pytest.fixture(params=["memory", "dynamodb"])
def records(request: pytest.FixtureRequest) -> Iterator[Records[Thing]]:
    if request.param == "memory":
        yield FakeRecords[Thing]()
        return
    with mock_aws():
        client = boto3.client("dynamodb", "eu-central-1")
        client.create_table(
            TableName="things",
            BillingMode="PAY_PER_REQUEST",
            KeySchema=[{"AttributeName": "transaction_id", "KeyType": "HASH"}],
            AttributeDefinitions=[{"AttributeName": "transaction_id", "AttributeType": "S"}],
        )
        yield DynamoRecords(client, "things", Thing)


def test_an_unknown_key_has_no_record(records: Records[Thing]) -> None:
    assert records.load(TRANSACTION) is None


def test_a_committed_record_comes_back_as_it_was_one_version_on(records: Records[Thing]) -> None:
    thing = Thing(count=3, history=(Transition.of("c", NOON, (EVENT,)),))
    records.save(thing)
    assert records.load(TRANSACTION) == thing.model_copy(update={"version": 1})


def test_a_new_record_does_not_overwrite_one(records: Records[Thing]) -> None:
    records.save(Thing(count=1))
    with pytest.raises(ConflictError):
        records.save(Thing(count=2))
    loaded = records.load(TRANSACTION)
    assert loaded is not None
    assert loaded.count == 1


def test_of_two_steps_from_the_same_version_one_wins(records: Records[Thing]) -> None:
    records.save(Thing(count=1))
    loaded = records.load(TRANSACTION)
    assert loaded is not None
    records.save(loaded.model_copy(update={"count": 2}))
    with pytest.raises(ConflictError):
        records.save(loaded.model_copy(update={"count": 3}))
    final = records.load(TRANSACTION)
    assert final is not None
    assert (final.count, final.version) == (2, 2)


def test_a_value_that_is_no_more_is_gone(records: Records[Thing]) -> None:
    records.save(Thing(note="here"))
    loaded = records.load(TRANSACTION)
    assert loaded is not None
    records.save(loaded.model_copy(update={"note": None}))
    final = records.load(TRANSACTION)
    assert final is not None
    assert final.note is None


def test_dynamodb_is_not_written_on_behalf_of_a_replayed_event() -> None:
    with mock_aws(), replay.handling("drill"), pytest.raises(ReplayRefusedError):
        DynamoRecords(boto3.client("dynamodb", "eu-central-1"), "things", Thing).save(Thing())
