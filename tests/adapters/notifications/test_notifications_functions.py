"""Both functions whole, as Lambda calls them: wiring and settings, too, on moto."""

import json
from collections.abc import Iterator
from typing import Any

import boto3
import pytest
from events import confirmed, placed
from fakes_shared import TRANSACTION
from moto import mock_aws
from tables import create
from workers import REGION, cold, forget

from notifications import wiring
from notifications.handlers import get_updates, on_inbox
from shared.errors import ConfigurationError
from shared.events import Envelope


class World:
    """The table and the queues of the service."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.dynamodb = boto3.client("dynamodb", REGION)
        self.sqs = boto3.client("sqs", REGION)
        self.table = create(self.dynamodb, "notifications", "JournalTable")
        self.inbox, self.dead = (
            self.sqs.create_queue(QueueName=name)["QueueUrl"] for name in ("inbox", "dead")
        )
        self.pushes = self.sqs.create_queue(
            QueueName="pushes.fifo", Attributes={"FifoQueue": "true"}
        )["QueueUrl"]
        environment = {
            "STAGE": "test",
            "BUS_NAME": "bus",
            "JOURNAL_TABLE": self.table,
            "INBOX_QUEUE_URL": self.inbox,
            "INBOX_DEAD_LETTER_URL": self.dead,
            "JOURNAL_DAYS": "400",
            "VIEW_DAYS": "30",
            "CONNECTIONS_TABLE": create(self.dynamodb, "notifications", "ConnectionsTable"),
            "FEEDS_TABLE": create(self.dynamodb, "notifications", "FeedsTable"),
            "PUSHES_QUEUE_URL": self.pushes,
            "MQTT_URL": "",
        }
        cold(monkeypatch, wiring, environment)

    def deliver(self, *bodies: str) -> list[str]:
        """Sends messages through the inbox; answers the bodies of those to deliver again."""
        for body in bodies:
            self.sqs.send_message(QueueUrl=self.inbox, MessageBody=body)
        received = self.sqs.receive_message(QueueUrl=self.inbox, MaxNumberOfMessages=10)
        records = [
            {
                "messageId": message["MessageId"],
                "receiptHandle": message["ReceiptHandle"],
                "attributes": {"ApproximateReceiveCount": "1"},
                "body": message["Body"],
            }
            for message in received["Messages"]
        ]
        answer = on_inbox.handler({"Records": records}, None)
        failed = {item["itemIdentifier"] for item in answer["batchItemFailures"]}
        return [record["body"] for record in records if record["messageId"] in failed]

    def parked(self) -> list[dict[str, Any]]:
        """Answers what lies in the dead-letter queue."""
        answer = self.sqs.receive_message(
            QueueUrl=self.dead, MaxNumberOfMessages=10, MessageAttributeNames=["All"]
        )
        return list(answer.get("Messages", []))

    def ask(self, **headers: str) -> dict[str, Any]:
        """Asks for the updates of the order, by its token."""
        claims = {"transaction_id": TRANSACTION, "scope": "read cancel"}
        event = {
            "pathParameters": {"transaction_id": TRANSACTION},
            "headers": headers,
            "requestContext": {"authorizer": {"lambda": claims}},
        }
        return dict(get_updates.handler(event, None))


@pytest.fixture
def world(monkeypatch: pytest.MonkeyPatch) -> Iterator[World]:
    with mock_aws():
        yield World(monkeypatch)
    forget(wiring)


def _body(envelope: Envelope, **more: object) -> str:
    event = {
        "source": envelope.source,
        "detail-type": envelope.detail_type,
        "detail": envelope.document,
    }
    return json.dumps(event | more)


def test_a_batch_is_journalled_once_and_the_poison_in_it_parked(world: World) -> None:
    batch = [_body(placed(("A", 1))), "poison", _body(confirmed()), _body(confirmed())]
    assert world.deliver(*batch) == []
    answer = json.loads(world.ask()["body"])
    assert (answer["status"], answer["sequence"], answer["final"]) == ("CONFIRMED", 2, False)
    (dead,) = world.parked()
    assert dead["Body"] == "poison"
    assert dead["MessageAttributes"]["error"]["StringValue"] == "MalformedError"


def test_a_replayed_event_is_parked_and_shown_to_nobody(world: World) -> None:
    replayed = _body(placed(("A", 1)), **{"replay-name": "drill"})
    assert world.deliver(replayed) == []
    assert [dead["Body"] for dead in world.parked()] == [replayed]
    assert json.loads(world.ask()["body"])["status"] == "ACCEPTED"


def test_a_journal_out_of_reach_keeps_every_message(world: World) -> None:
    world.dynamodb.delete_table(TableName=world.table)
    body = _body(placed(("A", 1)))
    assert world.deliver(body) == [body]
    assert world.parked() == []


def test_who_has_the_view_already_gets_an_empty_answer(world: World) -> None:
    world.deliver(_body(placed(("A", 1))))
    etag = world.ask()["headers"]["etag"]
    again = world.ask(**{"If-None-Match": etag})
    assert (again["statusCode"], again["body"]) == (304, "")
    assert "content-type" not in again["headers"]
    assert again["headers"]["etag"] == etag


def test_a_wrong_setting_fails_at_the_first_call_and_says_which(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    cold(monkeypatch, wiring, {"JOURNAL_DAYS": "0"})
    with pytest.raises(ConfigurationError, match="JOURNAL_DAYS"):
        world.deliver(_body(placed(("A", 1))))
