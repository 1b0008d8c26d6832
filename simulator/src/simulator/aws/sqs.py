"""SQS: queues with visibility time-outs, receive counts and dead-letter queues."""

import hashlib
from collections.abc import Callable
from typing import Any

from simulator.aws.errors import AwsError, UnsupportedError, only
from simulator.aws.messages import check_batch, check_message
from simulator.aws.queues import FifoQueue, Message, Queue

LONGEST_VISIBILITY = 43200
_MESSAGE = (
    "MessageBody",
    "MessageAttributes",
    "DelaySeconds",
    "MessageGroupId",
    "MessageDeduplicationId",
)


class Sqs:
    """The queues of one account; `at(seconds, call, ...)` calls later."""

    def __init__(self, now: Callable[[], float], at: Callable[..., None]) -> None:
        self.by_url: dict[str, Queue] = {}
        self.by_arn: dict[str, Queue] = {}
        self._now = now
        self._at = at
        self._sent = 0

    def create(self, queue: Queue) -> None:
        """Makes a queue."""
        self.by_url[queue.url] = self.by_arn[queue.arn] = queue

    def put(self, queue: Queue, body: str, attributes: dict[str, Any] | None = None) -> Message:
        """Adds a message that can be received at once."""
        message = self._message(body, attributes or {})
        queue.add(message)
        return message

    def _message(self, body: str, attributes: dict[str, Any]) -> Message:
        self._sent += 1
        identity = f"message-{self._sent:08d}"
        return Message(identity, body, attributes, self._now(), number=self._sent)

    def receive(self, queue: Queue, most: int) -> list[Message]:
        """Takes up to so many messages; each is back after the visibility time-out."""
        received: list[Message] = []
        if most < 1:
            return received
        for message in queue.taken():
            if queue.most_receives is not None and message.received >= queue.most_receives:
                self._bury(queue, message)
                continue
            message.received += 1
            queue.hold(message)
            self._hide(queue, message, queue.visibility)
            received.append(message)
            if len(received) == most:
                break
        return received

    def _bury(self, queue: Queue, message: Message) -> None:
        """Moves a message that was received too often, with its id and its receive count."""
        if queue.dead_letter_arn is None:
            raise UnsupportedError(f"{queue.name} has no dead-letter queue")
        self._move(message, self.by_arn[queue.dead_letter_arn])

    def _move(self, message: Message, to: Queue) -> None:
        self._sent += 1
        message.number = self._sent
        to.add(message)

    def move_all(self, source: Queue, to: Queue) -> None:
        """Moves what waits in a queue to another one, as StartMessageMoveTask does: as new."""
        for message in source.taken():
            message.received = 0
            self._move(message, to)

    def _hide(self, queue: Queue, message: Message, seconds: float) -> None:
        message.visible_at = self._now() + seconds
        self._at(seconds, self._show, queue, message, message.visible_at)

    def _show(self, queue: Queue, message: Message, due: float) -> None:
        if message.visible_at == due and not message.deleted:
            self.show(queue, message)

    def show(self, queue: Queue, message: Message) -> None:
        """Makes a message in flight receivable again, as SQS may do at any time."""
        if queue.release(message):
            message.visible_at = -1.0
            queue.add(message)

    def delete(self, queue: Queue, receipt: str) -> None:
        """Deletes a message by its last receipt, late or not; an earlier one does nothing.

        https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/API_DeleteMessage.html
        """
        message = self._held(queue, receipt)
        if message is not None:
            message.deleted = True
            queue.release(message)
            return
        late = queue.visible(receipt)
        if late is not None:
            late.deleted = True
            queue.discard(late)

    def _held(self, queue: Queue, receipt: str) -> Message | None:
        message = queue.held.get(receipt.partition("#")[0])
        return message if message is not None and message.receipt == receipt else None

    def _queue(self, parameters: dict[str, Any]) -> Queue:
        queue = self.by_url.get(parameters["QueueUrl"])
        if queue is None:
            raise AwsError("QueueDoesNotExist", "The specified queue does not exist.")
        return queue

    def send_message(self, parameters: dict[str, Any]) -> dict[str, Any]:
        """SendMessage."""
        only(parameters, "QueueUrl", *_MESSAGE)
        queue = self._queue(parameters)
        check_message(queue, parameters)
        return self._send(queue, parameters)

    def _send(self, queue: Queue, parameters: dict[str, Any]) -> dict[str, Any]:
        message = self._message(parameters["MessageBody"], parameters.get("MessageAttributes", {}))
        if isinstance(queue, FifoQueue):
            message.group = parameters["MessageGroupId"]
            message.deduplication_id = _deduplication_id(parameters)
            known = queue.known_as(message)
            if known is None:
                queue.add(message)
            sent = known or message
            return {"MessageId": sent.id, "SequenceNumber": sequence_number(sent)}
        self._add_later(queue, message, parameters.get("DelaySeconds", 0))
        return {"MessageId": message.id}

    def _add_later(self, queue: Queue, message: Message, seconds: int) -> None:
        if not seconds:
            queue.add(message)
            return
        queue.delayed += 1
        self._at(float(seconds), self._add_delayed, queue, message)

    def _add_delayed(self, queue: Queue, message: Message) -> None:
        queue.delayed -= 1
        queue.add(message)

    def send_message_batch(self, parameters: dict[str, Any]) -> dict[str, Any]:
        """SendMessageBatch."""
        only(parameters, "QueueUrl", "Entries")
        queue, entries = self._queue(parameters), parameters["Entries"]
        check_batch(entries)
        sent: list[dict[str, Any]] = []
        failed: list[dict[str, Any]] = []
        for entry in entries:
            only(entry, "Id", *_MESSAGE)
            try:
                check_message(queue, entry)
            except AwsError as error:
                told = {"Code": error.told_code, "Message": error.message, "SenderFault": True}
                failed.append({"Id": entry["Id"], **told})
            else:
                sent.append({"Id": entry["Id"], **self._send(queue, entry)})
        return {"Successful": sent} | ({"Failed": failed} if failed else {})

    def change_message_visibility(self, parameters: dict[str, Any]) -> dict[str, Any]:
        """ChangeMessageVisibility."""
        only(parameters, "QueueUrl", "ReceiptHandle", "VisibilityTimeout")
        queue = self._queue(parameters)
        receipt, seconds = parameters["ReceiptHandle"], parameters["VisibilityTimeout"]
        if not 0 <= seconds <= LONGEST_VISIBILITY:
            raise _invalid(f"{seconds} for parameter VisibilityTimeout is invalid.")
        message = self._held(queue, receipt)
        if message is None and queue.visible(receipt) is not None:
            raise AwsError("MessageNotInflight", "The specified message isn't in flight.")
        if message is None:
            raise _invalid("the message does not exist or is not available for a change.")
        self._hide(queue, message, float(seconds))
        return {}

    def get_queue_url(self, parameters: dict[str, Any]) -> dict[str, Any]:
        """GetQueueUrl."""
        only(parameters, "QueueName")
        for queue in self.by_url.values():
            if queue.name == parameters["QueueName"]:
                return {"QueueUrl": queue.url}
        raise AwsError("QueueDoesNotExist", "The specified queue does not exist.")


def sequence_number(message: Message) -> str:
    """Answers the number that a first-in-first-out queue tells of a message."""
    return f"{message.number:020d}"


def _deduplication_id(parameters: dict[str, Any]) -> str:
    given = parameters.get("MessageDeduplicationId")
    return given or hashlib.sha256(parameters["MessageBody"].encode()).hexdigest()


def _invalid(message: str) -> AwsError:
    return AwsError("InvalidParameterValue", message)
