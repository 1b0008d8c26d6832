"""What calls the functions: queues by their mappings, schedules by the clock."""

import re
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from simulator.aws.errors import UnsupportedError
from simulator.aws.queues import FifoQueue, Message, Queue
from simulator.aws.sqs import Sqs, sequence_number
from simulator.faults import Dice
from simulator.functions import Function
from simulator.invocations import WorkerDied
from simulator.loop import Loop

Invoke = Callable[[Function, dict[str, Any]], Any]
POLL_SECONDS = 0.02
_UNITS = {"minute": 60, "minutes": 60, "hour": 3600, "hours": 3600, "day": 86400, "days": 86400}


@dataclass
class QueueMapping:
    """An event source mapping: batches of a queue's messages, so many functions at once."""

    queue: Queue
    function: Function
    batch_size: int
    most_at_once: int
    loop: Loop
    sqs: Sqs
    dice: Dice
    invoke: Invoke
    running: int = 0
    _polling: bool = field(default=False)

    def __post_init__(self) -> None:
        self.queue.on_ready = self._poll_soon

    def _poll_soon(self) -> None:
        if not self._polling and self.running < self.most_at_once:
            self._polling = True
            self.loop.at(self.dice.random.random() * POLL_SECONDS, self._poll)

    def _poll(self) -> None:
        self._polling = False
        messages = self.sqs.receive(self.queue, self.batch_size)
        if messages:
            self.running += 1
            self.loop.spawn(lambda: self._work(messages))
        if self.queue.is_receivable:
            self._poll_soon()

    def _work(self, messages: list[Message]) -> None:
        receipts = {message.id: message.receipt for message in messages}
        for message in messages:
            # A first-in-first-out queue shows nothing again before its time is out.
            if not self._is_fifo and self.dice.strikes(self.dice.rates.reshown):
                delay = self.dice.random.expovariate(1)
                self.loop.at(delay, self.sqs.show, self.queue, message)
        try:
            answer = self.invoke(self.function, {"Records": [self._record(m) for m in messages]})
        except (WorkerDied, Exception):  # noqa: BLE001 - the messages come again by themselves
            answer = None
        finally:
            self.running -= 1
        if answer is not None:
            failed = {failure["itemIdentifier"] for failure in answer["batchItemFailures"]}
            for identity, receipt in receipts.items():
                if identity not in failed and not self.dice.strikes(self.dice.rates.undeleted):
                    self.sqs.delete(self.queue, receipt)
        if self.queue.is_receivable:
            self._poll_soon()

    def _record(self, message: Message) -> dict[str, Any]:
        return {
            "messageId": message.id,
            "receiptHandle": message.receipt,
            "body": message.body,
            "attributes": self._attributes(message),
            "messageAttributes": {
                name: {"dataType": value["DataType"], "stringValue": value["StringValue"]}
                for name, value in message.attributes.items()
            },
            "eventSource": "aws:sqs",
            "eventSourceARN": self.queue.arn,
        }

    @property
    def _is_fifo(self) -> bool:
        return isinstance(self.queue, FifoQueue)

    def _attributes(self, message: Message) -> dict[str, str]:
        """Answers what the queue itself tells of a message."""
        told = {"ApproximateReceiveCount": str(message.received)}
        if not self._is_fifo:
            return told
        return told | {
            "MessageGroupId": message.group,
            "MessageDeduplicationId": message.deduplication_id,
            "SequenceNumber": sequence_number(message),
        }


@dataclass
class Schedule:
    """A rate at which a function is called; a call that fails is not repeated."""

    seconds: float
    function: Function
    loop: Loop
    invoke: Invoke

    def start(self) -> None:
        """Calls the function for the first time after one period."""
        self.loop.at(self.seconds, self._fire)

    def _fire(self) -> None:
        self.loop.spawn(self._run)
        self.loop.at(self.seconds, self._fire)

    def _run(self) -> None:
        try:
            self.invoke(self.function, {})
        except (WorkerDied, Exception):  # noqa: BLE001 - the next period does what this could not
            return


def period(expression: str) -> float:
    """Answers the seconds of a schedule's `rate(...)`."""
    found = re.fullmatch(r"rate\((\d+) (\w+)\)", expression)
    if found is None or found.group(2) not in _UNITS:
        raise UnsupportedError(f"the schedule {expression}")
    return float(found.group(1)) * _UNITS[found.group(2)]
