"""The inbox queue and its dead-letter queue on moto."""

from collections.abc import Iterator
from typing import Any

import boto3
import pytest
from moto import mock_aws

from shared.queues import SqsInboxQueue


class Queues:
    """Both queues, and the adapter before them."""

    def __init__(self) -> None:
        self.sqs = boto3.client("sqs", "eu-central-1")
        self.inbox, self.dead = (
            self.sqs.create_queue(QueueName=name)["QueueUrl"] for name in ("inbox", "dead")
        )
        self.adapter = SqsInboxQueue(self.sqs, self.inbox, self.dead)

    def receive(self, url: str, **more: Any) -> list[dict[str, Any]]:  # noqa: ANN401 - boto3's form
        """Answers the messages that can be had now."""
        return list(self.sqs.receive_message(QueueUrl=url, **more).get("Messages", []))


@pytest.fixture
def queues() -> Iterator[Queues]:
    with mock_aws():
        yield Queues()


def test_a_message_that_backs_off_is_hidden_for_so_long(queues: Queues) -> None:
    queues.sqs.send_message(QueueUrl=queues.inbox, MessageBody="m")
    (message,) = queues.receive(queues.inbox)
    queues.adapter.back_off(message["ReceiptHandle"], 0)
    (again,) = queues.receive(queues.inbox)
    queues.adapter.back_off(again["ReceiptHandle"], 60)
    assert queues.receive(queues.inbox) == []


def test_a_dead_letter_carries_the_message_unchanged_and_its_reason(queues: Queues) -> None:
    queues.adapter.dead_letter("poison", reason="é" * 3000, error="MalformedError", attempts=3)
    (message,) = queues.receive(queues.dead, MessageAttributeNames=["All"])
    told = {name: value["StringValue"] for name, value in message["MessageAttributes"].items()}
    assert message["Body"] == "poison"
    assert told == {"reason": "é" * 1024, "error": "MalformedError", "attempts": "3"}
