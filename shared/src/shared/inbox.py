"""Working off a batch of an inbox queue: each message is acknowledged, retried or dead-lettered.

A message is acknowledged only after its state is committed and its events are accepted by the bus.
The events of a whole batch are published together, to spare calls.
"""

import json
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Any, Generic, Protocol, TypeVar

from shared import replay
from shared.bus import Bus, checked_size
from shared.errors import MalformedError, PublishError, RetryableError, UnprocessableError
from shared.events import Envelope, EventData, parse
from shared.observability import count, logger

LONGEST_BACKOFF = 60
"""Seconds; with the queue's maxReceiveCount it makes the retry budget that templates state."""


class InboxQueue(Protocol):
    """What an inbox queue can do beside handing out its messages."""

    def back_off(self, receipt_handle: str, seconds: int) -> None:
        """Hides a message for so long before it is delivered again."""

    def dead_letter(self, body: str, *, reason: str, error: str, attempts: int) -> None:
        """Puts a message into the inbox's dead-letter queue, with the reason."""


Deps = TypeVar("Deps")
InboxHandler = Callable[[Envelope, Deps], Iterable[Envelope]]


Consumes = frozenset[tuple[str, type[EventData]]]
"""The events that a service consumes, each as (producing service, contract)."""


@dataclass(frozen=True)
class Inbox(Generic[Deps]):
    """What working off an inbox takes: the handler's parts, the bus, the queue, the events."""

    deps: Deps
    bus: Bus
    queue: InboxQueue
    consumes: Consumes


@dataclass(frozen=True)
class _Message:
    """One SQS record of a batch."""

    record: dict[str, Any]

    @property
    def id(self) -> str:
        return str(self.record["messageId"])

    @property
    def attempts(self) -> int:
        return int(self.record.get("attributes", {}).get("ApproximateReceiveCount", "1"))


def backoff(attempts: int) -> int:
    """Answers the seconds to wait before the next attempt: 1, 2, 4 ... at most 60."""
    return int(min(LONGEST_BACKOFF, 2 ** min(attempts - 1, 6)))


def work_off(
    records: Sequence[dict[str, Any]], handle: InboxHandler[Deps], inbox: Inbox[Deps]
) -> dict[str, Any]:
    """Answers the batch response: the ids of the messages that SQS must deliver again."""
    failed: set[str] = set()
    publish: dict[str, tuple[Envelope, ...]] = {}
    for message in map(_Message, records):
        done = _work(message, handle, inbox)
        if done is None:
            failed.add(message.id)
        else:
            publish[message.id] = done
    failed |= publish_each(publish, inbox.bus)
    logger().remove_keys(["transaction_id", "event_id", "event"])
    for message in map(_Message, records):
        if message.id in failed:
            _back_off(message, inbox.queue)
    count("Handled", len(records) - len(failed))
    count("Retried", len(failed))
    return {"batchItemFailures": [{"itemIdentifier": identity} for identity in sorted(failed)]}


def _work(
    message: _Message, handle: InboxHandler[Deps], inbox: Inbox[Deps]
) -> tuple[Envelope, ...] | None:
    """Answers the events to publish before the acknowledgement; None: deliver again."""
    try:
        envelope, replay_name = _envelope(message.record["body"])
        logger().append_keys(
            transaction_id=envelope.metadata.transaction_id,
            event_id=envelope.event_id,
            event=envelope.detail_type,
        )
        _check_consumed(envelope, inbox.consumes)
        with replay.handling(replay_name):
            publish = tuple(handle(envelope, inbox.deps))
        for outgoing in publish:
            checked_size(outgoing)  # an oversize event must not hold up the rest of the batch
        logger().info("handled", publishes=[outgoing.detail_type for outgoing in publish])
        return publish
    except UnprocessableError as error:
        return _dead_letter(message, error, inbox.queue)
    except RetryableError as error:
        logger().warning("deliver again", reason=str(error), attempts=message.attempts)
    except Exception:
        # Whatever it is, the message stays: the queue redelivers it and, in the end, parks it.
        count("Errors")
        logger().exception("failed", attempts=message.attempts)
    return None


def _check_consumed(envelope: Envelope, consumes: Consumes) -> None:
    if (envelope.service, type(envelope.data)) not in consumes:
        raise UnprocessableError(
            f"{envelope.detail_type} of {envelope.service} is not consumed here: "
            "the rule lets in more than consumes.py declares"
        )


def _envelope(body: str) -> tuple[Envelope, str | None]:
    try:
        event = json.loads(body)
    except ValueError as error:
        raise MalformedError("the message is not JSON") from error
    if not isinstance(event, dict):
        raise MalformedError("the message is not an EventBridge event")
    return parse(event), event.get("replay-name")


def _dead_letter(
    message: _Message, error: UnprocessableError, queue: InboxQueue
) -> tuple[Envelope, ...] | None:
    """Parks the message with its reason; None (deliver again) when even that fails."""
    count("DeadLettered")
    logger().error("dead-lettered", error=type(error).__name__, reason=str(error))
    try:
        queue.dead_letter(
            message.record["body"],
            reason=str(error),
            error=type(error).__name__,
            attempts=message.attempts,
        )
    except Exception:
        logger().exception("could not dead-letter")
        return None
    return ()


def publish_each(publish: dict[str, tuple[Envelope, ...]], bus: Bus) -> set[str]:
    """Publishes a batch's events; answers the messages whose events weren't all accepted."""
    try:
        bus.publish([envelope for envelopes in publish.values() for envelope in envelopes])
    except PublishError as error:
        logger().warning("the bus refused events", refused=error.refused)
        return {
            message
            for message, envelopes in publish.items()
            if any(envelope.event_id in error.refused for envelope in envelopes)
        }
    except Exception:
        count("Errors")
        logger().exception("publishing failed")
        return {message for message, envelopes in publish.items() if envelopes}
    return set()


def _back_off(message: _Message, queue: InboxQueue) -> None:
    """Sets the pace of the retry; failing that, the queue's visibility time-out is the pace."""
    try:
        queue.back_off(message.record["receiptHandle"], backoff(message.attempts))
    except Exception:
        logger().exception("could not change the visibility")
