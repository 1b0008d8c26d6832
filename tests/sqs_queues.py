"""An inbox and its dead-letter queue: of the fake, and of whatever has SQS's own calls."""

import json
from typing import Any

from botocore.exceptions import ClientError
from fake_aws import ACCOUNT, REGION, Fake
from moto.sqs import models
from queue_calls import DEAD, INBOX, MOST_RECEIVES, VISIBILITY

from simulator.aws.queues import Queue


class FakeQueues:
    """Queues of the fake: what functions do goes through a client, what Lambda does doesn't."""

    def __init__(self, made: Fake) -> None:
        self.made = made
        self.client = made.client("sqs")
        self.queues = {
            name: Queue(
                name=name,
                url=f"https://sqs.{REGION}.amazonaws.com/{ACCOUNT}/{name}",
                arn=f"arn:aws:sqs:{REGION}:{ACCOUNT}:{name}",
                visibility=VISIBILITY,
                most_receives=MOST_RECEIVES if name == INBOX else None,
                dead_letter_arn=f"arn:aws:sqs:{REGION}:{ACCOUNT}:{DEAD}" if name == INBOX else None,
            )
            for name in (INBOX, DEAD)
        }
        for queue in self.queues.values():
            made.cloud.sqs.create(queue)

    def send(self, body: str) -> None:
        self.client.send_message(QueueUrl=self.queues[INBOX].url, MessageBody=body)

    def receive(self, queue: str) -> dict[str, tuple[str, int]]:
        received = self.made.cloud.sqs.receive(self.queues[queue], 10)
        return {message.body: (message.receipt, message.received) for message in received}

    def hide(self, queue: str, receipt: str, seconds: int) -> None:
        self.client.change_message_visibility(
            QueueUrl=self.queues[queue].url, ReceiptHandle=receipt, VisibilityTimeout=seconds
        )
        self.wait(0)

    def delete(self, queue: str, receipt: str) -> None:
        self.made.cloud.sqs.delete(self.queues[queue], receipt)

    def wait(self, seconds: float) -> None:
        self.made.loop.run_until(self.made.loop.now + seconds)


class ClientQueues:
    """Queues of whatever answers a client of SQS."""

    def __init__(self, sqs: Any, account: str = ACCOUNT, prefix: str = "") -> None:  # noqa: ANN401
        self.client = sqs
        dead = f"arn:aws:sqs:{REGION}:{account}:{prefix}{DEAD}"
        redrive = json.dumps({"deadLetterTargetArn": dead, "maxReceiveCount": MOST_RECEIVES})
        visibility = {"VisibilityTimeout": str(VISIBILITY)}
        self.urls = {
            name: sqs.create_queue(QueueName=prefix + name, Attributes=visibility | more)[
                "QueueUrl"
            ]
            for name, more in (
                (DEAD, visibility),
                (INBOX, visibility | {"RedrivePolicy": redrive}),
            )
        }

    def send(self, body: str) -> None:
        self.client.send_message(QueueUrl=self.urls[INBOX], MessageBody=body)

    def receive(self, queue: str) -> dict[str, tuple[str, int]]:
        answer = self.client.receive_message(
            QueueUrl=self.urls[queue], MaxNumberOfMessages=10, AttributeNames=["All"]
        )
        return {
            message["Body"]: (
                message["ReceiptHandle"],
                int(message["Attributes"]["ApproximateReceiveCount"]),
            )
            for message in answer.get("Messages", [])
        }

    def hide(self, queue: str, receipt: str, seconds: int) -> None:
        self.client.change_message_visibility(
            QueueUrl=self.urls[queue], ReceiptHandle=receipt, VisibilityTimeout=seconds
        )

    def delete(self, queue: str, receipt: str) -> None:
        self.client.delete_message(QueueUrl=self.urls[queue], ReceiptHandle=receipt)

    def wait(self, seconds: float) -> None:
        raise NotImplementedError(f"nobody waits {seconds} s here")

    def remove(self) -> None:
        """Removes the queues again."""
        for url in self.urls.values():
            self.client.delete_queue(QueueUrl=url)


MOTO_ACCOUNT = "123456789012"


def refuse_what_is_not_in_flight(queue: str, receipt: str) -> None:
    """Refuses what SQS refuses, and moto does: to hide a message that can be received.

    https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/API_ChangeMessageVisibility.html
    """
    messages = models.sqs_backends[MOTO_ACCOUNT][REGION].queues[queue]._messages  # noqa: SLF001
    if any(message.visible and message.had_receipt_handle(receipt) for message in messages):
        told: Any = {"Error": {"Code": "MessageNotInflight"}}
        raise ClientError(told, "ChangeMessageVisibility")
