"""The dead-letter readers whole, as Lambda calls them: wiring and settings, too, on moto."""

import importlib
import json
from collections.abc import Iterator
from typing import Any

import boto3
import pytest
from events import placed
from fakes_shared import TRANSACTION
from moto import mock_aws
from project import SERVICES
from tables import create
from workers import REGION, cold, forget

from shared.dead_letters import DeadLetter, Hop, parked
from shared.queues import SqsInboxQueue

PLACED = placed(("A", 1))
EVENT = {
    "source": PLACED.source,
    "detail-type": PLACED.detail_type,
    "detail": PLACED.document,
}
OTHERS = {
    "orders": {
        "ORDERS_TABLE": "orders",
        "CATALOGUE_TABLE": "catalogue",
        "TRACKING_KEY_PARAMETER": "/key",
        "API_URL": "https://api.example",
        "WEBSOCKET_URL": "wss://live.example/live",
        "ORDER_DEADLINE_SECONDS": "900",
        "REQUIRED_SEGMENTS": "inventory,payments",
    },
    "inventory": {
        "PRODUCTS_TABLE": "products",
        "RESERVATIONS_TABLE": "reservations",
        "RESERVATION_SECONDS": "3600",
    },
    "payments": {
        "PAYMENTS_TABLE": "payments",
        "SANDBOX_TABLE": "sandbox",
        "PROVIDER": "sandbox",
        "PROVIDER_TIMEOUT_SECONDS": "5",
        "WEBHOOK_SECRET_PARAMETER": "/secret",
        "SANDBOX_ACTION_URL": "https://bank.example/#",
    },
    "notifications": {
        "JOURNAL_TABLE": "journal",
        "JOURNAL_DAYS": "400",
        "VIEW_DAYS": "30",
        "CONNECTIONS_TABLE": "connections",
        "FEEDS_TABLE": "feeds",
        "PUSHES_QUEUE_URL": "pushes",
        "MQTT_URL": "",
    },
}
"""What each service's functions are told beside."""


class World:
    """One service's dead letters: both queues, the table, and a queue that hears the bus."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch, service: str) -> None:
        self.service = service
        self.sqs, self.dynamodb = boto3.client("sqs", REGION), boto3.client("dynamodb", REGION)
        self.table = create(self.dynamodb, service, "DeadLettersTable")
        self.queues = {
            hop: self.sqs.create_queue(QueueName=f"orderbus-test-{service}-{hop}-dlq")["QueueUrl"]
            for hop in Hop
        }
        self.heard = self.sqs.create_queue(QueueName="heard")["QueueUrl"]
        events = boto3.client("events", REGION)
        events.create_event_bus(Name="bus")
        pattern = json.dumps({"source": [f"orderbus.{service}"]})
        events.put_rule(Name="all", EventBusName="bus", EventPattern=pattern)
        arn = f"arn:aws:sqs:{REGION}:123456789012:heard"
        events.put_targets(Rule="all", EventBusName="bus", Targets=[{"Id": "q", "Arn": arn}])
        self.wiring = importlib.import_module(f"{service}.wiring")
        self.handler = importlib.import_module(f"{service}.handlers.on_dead_letters").handler
        environment = {
            "STAGE": "test",
            "BUS_NAME": "bus",
            "INBOX_QUEUE_URL": "https://sqs.example/1/inbox",
            "INBOX_DEAD_LETTER_URL": self.queues[Hop.INBOX],
            "DEAD_LETTERS_TABLE": self.table,
        }
        cold(monkeypatch, self.wiring, environment | OTHERS[service])

    def deliver(self, hop: Hop) -> list[str]:
        """Hands what lies in a dead-letter queue to the reader; answers what stays there."""
        received = self.sqs.receive_message(
            QueueUrl=self.queues[hop], MaxNumberOfMessages=10, MessageAttributeNames=["All"]
        )
        records = [self._record(hop, message) for message in received["Messages"]]
        answer = self.handler({"Records": records}, None)
        failed = {item["itemIdentifier"] for item in answer["batchItemFailures"]}
        return [record["body"] for record in records if record["messageId"] in failed]

    def _record(self, hop: Hop, message: Any) -> dict[str, Any]:  # noqa: ANN401 - boto3's form
        return {
            "messageId": message["MessageId"],
            "receiptHandle": message["ReceiptHandle"],
            "eventSourceARN": f"arn:aws:sqs:{REGION}:1:{self.queues[hop].rsplit('/', 1)[1]}",
            "attributes": {"ApproximateReceiveCount": "4"},
            "messageAttributes": {
                name: {"stringValue": value["StringValue"], "dataType": "String"}
                for name, value in message.get("MessageAttributes", {}).items()
            },
            "body": message["Body"],
        }

    def letters(self) -> list[DeadLetter]:
        """Answers all that is parked."""
        return sorted(parked(self.dynamodb, self.table).every(), key=lambda letter: letter.body)

    def told(self) -> list[dict[str, Any]]:
        """Answers the events on the bus."""
        answer = self.sqs.receive_message(QueueUrl=self.heard, MaxNumberOfMessages=10)
        return [json.loads(message["Body"]) for message in answer.get("Messages", [])]


@pytest.fixture(params=SERVICES)
def world(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> Iterator[World]:
    with mock_aws():
        made = World(monkeypatch, request.param)
        yield made
    forget(made.wiring)


def test_what_died_in_the_inbox_is_parked_with_its_reason_and_told_of(world: World) -> None:
    queue = SqsInboxQueue(world.sqs, "unused", world.queues[Hop.INBOX])
    queue.dead_letter("poison", reason="not JSON", error="MalformedError", attempts=1)
    world.sqs.send_message(QueueUrl=world.queues[Hop.INBOX], MessageBody=json.dumps(EVENT))
    assert world.deliver(Hop.INBOX) == []
    poison, dead = sorted(world.letters(), key=lambda letter: letter.error)
    assert (poison.body, poison.error, poison.reason) == ("poison", "MalformedError", "not JSON")
    assert (dead.error, dead.attempts, dead.hop) == ("RetriesExhausted", 3, Hop.INBOX)
    assert json.loads(dead.body) == EVENT
    assert {letter.service for letter in (poison, dead)} == {world.service}
    (told,) = world.told()
    assert (told["source"], told["detail-type"]) == (f"orderbus.{world.service}", "SegmentFailed")
    assert told["detail"]["metadata"]["transaction_id"] == TRANSACTION
    assert told["detail"]["data"]["failed_event_id"] == PLACED.event_id


def test_what_never_reached_the_inbox_is_parked_as_the_rules(world: World) -> None:
    said = {"ERROR_CODE": "NO_RESOURCE", "ERROR_MESSAGE": "no such queue", "RETRY_ATTEMPTS": "0"}
    world.sqs.send_message(
        QueueUrl=world.queues[Hop.RULE],
        MessageBody=json.dumps(EVENT),
        MessageAttributes={
            name: {"DataType": "String", "StringValue": value} for name, value in said.items()
        },
    )
    assert world.deliver(Hop.RULE) == []
    (letter,) = world.letters()
    assert (letter.hop, letter.error, letter.attempts) == (Hop.RULE, "NO_RESOURCE", 1)
    assert len(world.told()) == 1


def test_a_replayed_event_is_parked_although_nothing_else_may_be_written(world: World) -> None:
    body = json.dumps(EVENT | {"replay-name": "drill"})
    world.sqs.send_message(QueueUrl=world.queues[Hop.INBOX], MessageBody=body)
    assert world.deliver(Hop.INBOX) == []
    assert [letter.replay_name for letter in world.letters()] == ["drill"]
    assert world.told() == []


def test_a_table_out_of_reach_keeps_every_message(world: World) -> None:
    world.dynamodb.delete_table(TableName=world.table)
    world.sqs.send_message(QueueUrl=world.queues[Hop.INBOX], MessageBody="poison")
    assert world.deliver(Hop.INBOX) == ["poison"]
    assert world.told() == []
