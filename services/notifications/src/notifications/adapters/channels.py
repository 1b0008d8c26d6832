"""The channels of notifications on AWS, and the queues in front of them."""

import json
from collections.abc import Mapping
from typing import Any

from botocore.exceptions import BotoCoreError, ClientError

from notifications.domain.work import Work
from notifications.ports import Document, GoneError
from shared import replay
from shared.errors import RetryLaterError
from shared.ids import TransactionId


class SqsPushes:
    """The FIFO queue of what may have to be pushed."""

    def __init__(self, client: Any, queue_url: str) -> None:  # noqa: ANN401 - boto3 client
        self._client = client
        self._queue_url = queue_url

    def send(self, work: Work) -> None:
        """Queues one piece of work in its group."""
        replay.refuse("a push")
        self._client.send_message(
            QueueUrl=self._queue_url,
            MessageBody=work.model_dump_json(),
            MessageGroupId=work.group,
            MessageDeduplicationId=work.once,
        )


class WebSockets:
    """Connections by API Gateway's management API."""

    def __init__(self, client: Any) -> None:  # noqa: ANN401 - boto3 client
        self._client = client

    def post(self, connection_id: str, frame: Document) -> None:
        """Sends a frame."""
        replay.refuse("a push")
        try:
            self._client.post_to_connection(ConnectionId=connection_id, Data=compact(frame))
        except self._client.exceptions.GoneException as error:
            raise GoneError(connection_id) from error
        except (BotoCoreError, ClientError) as error:
            raise RetryLaterError("a connection can't be written to now") from error

    def disconnect(self, connection_id: str) -> None:
        """Closes a connection."""
        try:
            self._client.delete_connection(ConnectionId=connection_id)
        except self._client.exceptions.GoneException:
            return


class SnsTopic:
    """The topic of updates."""

    def __init__(self, client: Any, topic_arn: str) -> None:  # noqa: ANN401 - boto3 client
        self._client = client
        self._topic_arn = topic_arn

    def publish(self, message: Document, attributes: Mapping[str, str | tuple[str, ...]]) -> None:
        """Publishes one message."""
        replay.refuse("a notification")
        self._client.publish(
            TopicArn=self._topic_arn,
            Message=compact(message).decode(),
            MessageAttributes={name: _attribute(value) for name, value in attributes.items()},
        )


def _attribute(value: str | tuple[str, ...]) -> dict[str, str]:
    if isinstance(value, str):
        return {"DataType": "String", "StringValue": value}
    return {"DataType": "String.Array", "StringValue": json.dumps(value)}


class IotTopics:
    """The orders' topics on AWS IoT Core."""

    def __init__(self, client: Any, stage: str) -> None:  # noqa: ANN401 - boto3 client
        self._client = client
        self._stage = stage

    def retain(self, transaction_id: TransactionId, update: Document) -> None:
        """Publishes an update at least once and lets the topic keep it."""
        replay.refuse("a push")
        self._publish(transaction_id, compact(update))

    def clear(self, transaction_id: TransactionId) -> None:
        """Publishes nothing, which is how MQTT clears what a topic retains.

        https://docs.oasis-open.org/mqtt/mqtt/v3.1.1/os/mqtt-v3.1.1-os.html#_Toc398718038
        """
        self._publish(transaction_id, b"")

    def _publish(self, transaction_id: TransactionId, payload: bytes) -> None:
        self._client.publish(
            topic=order_topic(self._stage, transaction_id), qos=1, retain=True, payload=payload
        )


def order_topic(stage: str, transaction_id: TransactionId) -> str:
    """Answers the MQTT topic of an order."""
    return f"orderbus/{stage}/orders/{transaction_id}"


class SqsWebhooks:
    """The queue of webhooks to deliver."""

    def __init__(self, client: Any, queue_url: str) -> None:  # noqa: ANN401 - boto3 client
        self._client = client
        self._queue_url = queue_url

    def send(self, delivery: Document) -> None:
        """Queues one delivery."""
        replay.refuse("a webhook")
        self._client.send_message(QueueUrl=self._queue_url, MessageBody=compact(delivery).decode())


def compact(document: Document) -> bytes:
    """Answers a JSON document without needless blanks."""
    return json.dumps(document, separators=(",", ":")).encode()
