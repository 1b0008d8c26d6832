"""SQS's queues: what can be received, what is in flight; standard ones, and first in, first out.

https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/FIFO-queues-understanding-logic.html
"""

from bisect import insort
from collections import Counter, deque
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from simulator.aws.errors import UnsupportedError

DEDUPLICATION_SECONDS = 300.0


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
    group: str = ""
    deduplication_id: str = ""
    number: int = 0
    """Its place in its queue; the system's, not the group's."""

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
    delayed: int = 0
    """How many messages have been sent that can't be received yet."""
    on_ready: Callable[[], None] = lambda: None

    @property
    def size(self) -> int:
        """How many messages the queue holds."""
        return len(self.ready) + len(self.held) + self.delayed

    @property
    def is_receivable(self) -> bool:
        """Whether a receiver would get something now."""
        return bool(self.ready)

    def add(self, message: Message) -> None:
        """Lets a message be received: a new one, or one that comes back."""
        self.ready.append(message)
        self.on_ready()

    def taken(self) -> Iterator[Message]:
        """Takes out one message after the other, for as long as the receiver wants more."""
        while self.ready:
            yield self.ready.popleft()

    def hold(self, message: Message) -> None:
        """Keeps a message in flight."""
        self.held[message.id] = message

    def release(self, message: Message) -> bool:
        """Takes a message out of flight; answers whether it was in flight."""
        return self.held.pop(message.id, None) is not None

    def visible(self, receipt: str) -> Message | None:
        """Answers a message that can be received again and was received with this receipt last."""
        waiting = self.waiting()
        return next((m for m in waiting if m.received and m.receipt == receipt), None)

    def waiting(self) -> Iterator[Message]:
        """Answers the messages that are not in flight."""
        return iter(self.ready)

    def discard(self, message: Message) -> None:
        """Deletes a message that is not in flight."""
        self.ready.remove(message)


@dataclass
class FifoQueue(Queue):
    """A queue of groups: of each the messages come in order, one batch of them at a time.

    Its `ready` stays empty: what can be received waits in its group.
    """

    by_content: bool = False
    """Whether a message's body stands for a deduplication id."""
    for_each_group: bool = False
    """Whether a deduplication id is one of its group's, not of the whole queue's."""
    groups: dict[str, list[Message]] = field(default_factory=dict)
    open: dict[str, None] = field(default_factory=dict)
    """The groups that have something to receive and nothing in flight."""
    in_flight: Counter[str] = field(default_factory=Counter)
    known: dict[tuple[str, str], Message] = field(default_factory=dict)

    @property
    def size(self) -> int:
        """How many messages the queue holds."""
        return len(self.held) + sum(map(len, self.groups.values()))

    @property
    def is_receivable(self) -> bool:
        """Whether a receiver would get something now."""
        return bool(self.open)

    def known_as(self, message: Message) -> Message | None:
        """Answers the message that this one repeats, if it does; remembers it otherwise."""
        key = (message.group if self.for_each_group else "", message.deduplication_id)
        first = self.known.get(key)
        if first is not None and message.sent_at - first.sent_at < DEDUPLICATION_SECONDS:
            return first
        self.known[key] = message
        return None

    def add(self, message: Message) -> None:
        """Puts a message to its place in its group."""
        insort(self.groups.setdefault(message.group, []), message, key=lambda m: m.number)
        self._settle(message.group)

    def taken(self) -> Iterator[Message]:
        """Takes out messages: all of a group, as long as the receiver wants more, then others'."""
        while self.open:
            group = next(iter(self.open))
            waiting = self.groups[group]
            while waiting:
                yield waiting.pop(0)
            self._settle(group)

    def hold(self, message: Message) -> None:
        """Keeps a message in flight, and its group closed."""
        super().hold(message)
        self.in_flight[message.group] += 1
        self.open.pop(message.group, None)

    def release(self, message: Message) -> bool:
        """Takes a message out of flight; the group's last one opens the group."""
        if not super().release(message):
            return False
        self.in_flight[message.group] -= 1
        self._settle(message.group)
        return True

    def _settle(self, group: str) -> None:
        """Opens or closes a group, as it is; forgets one of which there is nothing left."""
        waiting = self.groups.get(group)
        if not waiting:
            self.groups.pop(group, None)
        if not self.in_flight[group]:
            del self.in_flight[group]
        if waiting and group not in self.in_flight:
            self.open[group] = None
            self.on_ready()
        else:
            self.open.pop(group, None)

    def waiting(self) -> Iterator[Message]:
        """Answers the messages that are not in flight."""
        return (message for group in self.groups.values() for message in group)

    def discard(self, message: Message) -> None:
        """Deletes a message that is not in flight."""
        self.groups[message.group].remove(message)
        self._settle(message.group)


def queue_of(name: str, url: str, arn: str, properties: Mapping[str, Any]) -> Queue:
    """Answers the queue of a template's resolved properties."""
    redrive = properties.get("RedrivePolicy", {})
    most = redrive.get("maxReceiveCount")
    if int(properties.get("DelaySeconds", 0)):
        raise UnsupportedError(f"{name} delays all its messages")
    known: dict[str, Any] = {
        "name": name,
        "url": url,
        "arn": arn,
        "visibility": float(properties.get("VisibilityTimeout", 30)),
        "most_receives": None if most is None else int(most),
        "dead_letter_arn": redrive.get("deadLetterTargetArn"),
    }
    if not properties.get("FifoQueue", False):
        return Queue(**known)
    scope = properties.get("DeduplicationScope", "queue")
    if not name.endswith(".fifo"):
        raise UnsupportedError(f"{name} is first in, first out, and is not named so")
    if properties.get("FifoThroughputLimit", "perQueue") == "perMessageGroupId" and (
        scope != "messageGroup"
    ):
        raise UnsupportedError(f"{name} has a limit for each group and deduplicates over all")
    return FifoQueue(
        **known,
        by_content=bool(properties.get("ContentBasedDeduplication", False)),
        for_each_group=scope == "messageGroup",
    )
