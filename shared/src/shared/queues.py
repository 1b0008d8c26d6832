"""The queues of a service on Amazon SQS."""

from typing import Any


class SqsQueue:
    """A queue by its URL."""

    def __init__(self, client: Any, queue_url: str) -> None:  # noqa: ANN401 - boto3 client
        self._client = client
        self._queue_url = queue_url

    def back_off(self, receipt_handle: str, seconds: int) -> None:
        """Hides a message for so long before it is delivered again."""
        self._client.change_message_visibility(
            QueueUrl=self._queue_url, ReceiptHandle=receipt_handle, VisibilityTimeout=seconds
        )


class SqsInboxQueue(SqsQueue):
    """The inbox queue of a service and its dead-letter queue, by their URLs."""

    def __init__(self, client: Any, queue_url: str, dead_letter_url: str) -> None:  # noqa: ANN401
        super().__init__(client, queue_url)
        self._dead_letter_url = dead_letter_url

    def dead_letter(self, body: str, *, reason: str, error: str, attempts: int) -> None:
        """Puts a message into the dead-letter queue; the reason travels as message attributes."""
        attributes = {"reason": reason[:1024], "error": error, "attempts": str(attempts)}
        self._client.send_message(
            QueueUrl=self._dead_letter_url,
            MessageBody=body,
            MessageAttributes={
                name: {"DataType": "String", "StringValue": value}
                for name, value in attributes.items()
            },
        )
