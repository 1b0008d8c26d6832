"""SQS: queues with visibility time-outs, receive counts and dead-letter queues."""

import re
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from simulator.aws.errors import AwsError, UnsupportedError, only

LARGEST_MESSAGE = 1024 * 1024
LONGEST_VISIBILITY = 43200
MOST_ATTRIBUTES = 10
_REFUSED = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
"""https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/API_SendMessage.html"""


@dataclass(slots=True)
class Message:
    """One message of a queue."""

    id: str
    body: str
    attributes: dict[str, Any]
    sent_at: float
    received: int = 0
    visible_at: float = 0.0
    deleted: bool = False

    @property
    def receipt(self) -> str:
        """The handle of the last receipt; those of earlier ones delete nothing any more."""
        return f"{self.id}#{self.received}"


@dataclass
class Queue:
    """One standard queue. `ready` holds what can be received, `held` what is in flight."""

    name: str
    url: str
    arn: str
    visibility: float
    most_receives: int | None
    dead_letter_arn: str | None
    ready: deque[Message] = field(default_factory=deque)
    held: dict[str, Message] = field(default_factory=dict)
    on_ready: Callable[[], None] = lambda: None

    @property
    def size(self) -> int:
        """How many messages the queue holds."""
        return len(self.ready) + len(self.held)


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
        self._sent += 1
        message = Message(f"message-{self._sent:08d}", body, attributes or {}, self._now())
        queue.ready.append(message)
        queue.on_ready()
        return message

    def receive(self, queue: Queue, most: int) -> list[Message]:
        """Takes up to so many messages; each is back after the visibility time-out."""
        taken: list[Message] = []
        while queue.ready and len(taken) < most:
            message = queue.ready.popleft()
            if queue.most_receives is not None and message.received >= queue.most_receives:
                self._bury(queue, message)
                continue
            message.received += 1
            queue.held[message.id] = message
            self._hide(queue, message, queue.visibility)
            taken.append(message)
        return taken

    def _bury(self, queue: Queue, message: Message) -> None:
        """Moves a message that was received too often, with its id and its receive count."""
        if queue.dead_letter_arn is None:
            raise UnsupportedError(f"{queue.name} has no dead-letter queue")
        dead = self.by_arn[queue.dead_letter_arn]
        dead.ready.append(message)
        dead.on_ready()

    def _hide(self, queue: Queue, message: Message, seconds: float) -> None:
        message.visible_at = self._now() + seconds
        self._at(seconds, self._show, queue, message, message.visible_at)

    def _show(self, queue: Queue, message: Message, due: float) -> None:
        if message.visible_at == due and not message.deleted:
            self.show(queue, message)

    def show(self, queue: Queue, message: Message) -> None:
        """Makes a message in flight receivable again, as SQS may do at any time."""
        if queue.held.pop(message.id, None) is not None:
            message.visible_at = -1.0
            queue.ready.append(message)
            queue.on_ready()

    def delete(self, queue: Queue, receipt: str) -> None:
        """Deletes a message by its last receipt, late or not; an earlier one does nothing.

        https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/API_DeleteMessage.html
        """
        message = self._held(queue, receipt)
        if message is not None:
            message.deleted = True
            del queue.held[message.id]
            return
        late = _visible(queue, receipt)
        if late is not None:
            late.deleted = True
            queue.ready.remove(late)

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
        only(parameters, "QueueUrl", "MessageBody", "MessageAttributes")
        body, attributes = parameters["MessageBody"], parameters.get("MessageAttributes", {})
        queue = self._queue(parameters)
        if not body:
            raise AwsError("MissingParameter", "The request must contain the parameter MessageBody")
        size = len(body.encode()) + _check_attributes(attributes)
        if size > LARGEST_MESSAGE:
            raise _invalid("One or more parameters are invalid: more than 1048576 bytes.")
        _check_characters(body)
        return {"MessageId": self.put(queue, body, attributes).id}

    def change_message_visibility(self, parameters: dict[str, Any]) -> dict[str, Any]:
        """ChangeMessageVisibility."""
        only(parameters, "QueueUrl", "ReceiptHandle", "VisibilityTimeout")
        queue = self._queue(parameters)
        receipt, seconds = parameters["ReceiptHandle"], parameters["VisibilityTimeout"]
        if not 0 <= seconds <= LONGEST_VISIBILITY:
            raise _invalid(f"{seconds} for parameter VisibilityTimeout is invalid.")
        message = self._held(queue, receipt)
        if message is None and _visible(queue, receipt) is not None:
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


def _visible(queue: Queue, receipt: str) -> Message | None:
    """Answers a message that can be received again and was received with this receipt last."""
    return next((m for m in queue.ready if m.received and m.receipt == receipt), None)


def _check_attributes(attributes: dict[str, Any]) -> int:
    """Answers how many bytes message attributes have; refuses what SQS refuses."""
    if len(attributes) > MOST_ATTRIBUTES:
        raise _invalid(f"Number of message attributes exceeds {MOST_ATTRIBUTES}.")
    size = 0
    for name, value in attributes.items():
        only(value, "DataType", "StringValue")
        if value["DataType"] != "String":
            raise UnsupportedError(f"message attributes of the type {value['DataType']}")
        text = value.get("StringValue", "")
        if not text:
            raise _invalid(f"Message (user) attribute '{name}' must contain a non-empty value.")
        _check_characters(text)
        size += len(name.encode()) + len(value["DataType"]) + len(text.encode())
    return size


def _check_characters(text: str) -> None:
    if _REFUSED.search(text):
        raise AwsError("InvalidMessageContents", "Invalid characters found.")


def _invalid(message: str) -> AwsError:
    return AwsError("InvalidParameterValue", message)
