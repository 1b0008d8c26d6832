"""A visit to the sandbox's bank whole, as Lambda calls the functions: wiring and settings, too."""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import boto3
import pytest
from events import placed
from fakes_shared import TRANSACTION
from moto import mock_aws
from notifications_stage import body_of
from tables import create
from workers import REGION, cold, forget

from payments import wiring
from payments.handlers import finish_action, on_inbox
from shared import clients

BANK = "https://bank.example/#"
OTHER = "0b5bfb4e-3d0c-5a39-9f0c-2f9f2f7e4f12"


@dataclass
class Stage:
    """What payments calls, and its functions."""

    sqs: Any
    told: str

    def place(self, transaction: str) -> str:
        """Places an order with 3-D Secure; answers what opens it at the bank."""
        order = placed(("A", 2), transaction=transaction, method="pm_sandbox_action_required")
        record = {"messageId": "m", "receiptHandle": "r", "body": body_of(order)}
        record |= {"attributes": {"ApproximateReceiveCount": "1"}}
        assert on_inbox.handler({"Records": [record]}, None) == {"batchItemFailures": []}
        (asked,) = self.events()
        url = str(asked["detail"]["data"]["action_url"])
        assert url.startswith(BANK)
        return url.removeprefix(BANK)

    def act(self, action_id: str, outcome: str = "succeeded") -> dict[str, Any]:
        """Does what a shopper does at the bank."""
        body = json.dumps({"outcome": outcome})
        event = {"body": body, "pathParameters": {"action_id": action_id}}
        return dict(finish_action.handler(event, None))

    def events(self) -> list[dict[str, Any]]:
        """Answers what was published since this was asked last."""
        found = self.sqs.receive_message(QueueUrl=self.told, MaxNumberOfMessages=10)
        messages = found.get("Messages", [])
        for message in messages:
            self.sqs.delete_message(QueueUrl=self.told, ReceiptHandle=message["ReceiptHandle"])
        return [json.loads(message["Body"]) for message in messages]


@pytest.fixture
def stage(monkeypatch: pytest.MonkeyPatch) -> Iterator[Stage]:
    with mock_aws():
        dynamodb, sqs = boto3.client("dynamodb", REGION), boto3.client("sqs", REGION)
        events = boto3.client("events", REGION)
        urls = {name: sqs.create_queue(QueueName=name)["QueueUrl"] for name in ("told", "dead")}
        attributes = sqs.get_queue_attributes(QueueUrl=urls["told"], AttributeNames=["QueueArn"])
        events.create_event_bus(Name="bus")
        events.put_rule(
            Name="all", EventBusName="bus", EventPattern='{"source": ["orderbus.payments"]}'
        )
        target = {"Id": "told", "Arn": attributes["Attributes"]["QueueArn"]}
        events.put_targets(Rule="all", EventBusName="bus", Targets=[target])
        environment = {
            "STAGE": "test",
            "BUS_NAME": "bus",
            "PAYMENTS_TABLE": create(dynamodb, "payments", "PaymentsTable"),
            "SANDBOX_TABLE": create(dynamodb, "payments", "SandboxTable"),
            "INBOX_QUEUE_URL": urls["dead"],
            "INBOX_DEAD_LETTER_URL": urls["dead"],
            "PROVIDER": "sandbox",
            "PROVIDER_TIMEOUT_SECONDS": "5",
            "WEBHOOK_SECRET_PARAMETER": "/secret",
            "SANDBOX_ACTION_URL": BANK,
            "AWS_ACCESS_KEY_ID": "testing",
            "AWS_SECRET_ACCESS_KEY": "testing",
        }
        clients.client.cache_clear()
        cold(monkeypatch, wiring, environment)
        yield Stage(sqs, urls["told"])
    forget(wiring)
    clients.client.cache_clear()


def test_what_opens_a_payment_at_the_bank_is_drawn_for_each(stage: Stage) -> None:
    opened = {stage.place(transaction) for transaction in (TRANSACTION, OTHER)}
    drawn = {action_id.partition(".")[2] for action_id in opened}
    assert len(drawn) == 2
    # 256 bits, in base64.
    assert all(len(part) == 43 for part in drawn)


@pytest.mark.parametrize(
    ("outcome", "told"), [("succeeded", "PaymentAuthorized"), ("failed", "PaymentDeclined")]
)
def test_a_visit_to_the_bank_is_told_to_everybody(stage: Stage, outcome: str, told: str) -> None:
    action_id = stage.place(TRANSACTION)
    answer = stage.act(action_id, outcome)
    assert (answer["statusCode"], json.loads(answer["body"])) == (200, {"outcome": outcome})
    (event,) = stage.events()
    assert (event["source"], event["detail-type"]) == ("orderbus.payments", told)
    assert event["detail"]["metadata"]["transaction_id"] == TRANSACTION


def test_a_worker_that_starts_afterwards_still_knows_the_action(
    stage: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    action_id = stage.place(TRANSACTION)
    cold(monkeypatch, wiring, {"SANDBOX_ACTION_URL": "https://moved.example/#"})
    assert stage.act(action_id)["statusCode"] == 200


def test_an_action_of_nobody_is_not_found_and_nothing_is_told(stage: Stage) -> None:
    action_id = stage.place(TRANSACTION)
    answer = stage.act(action_id[:-1])
    assert answer["statusCode"] == 404
    assert stage.events() == []
