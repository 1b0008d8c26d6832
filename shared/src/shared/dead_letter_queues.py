"""Working off a batch of a dead-letter queue: each message is parked, told of, acknowledged.

Whatever goes wrong leaves the message where it is: dead-letter queues have no further one, so that
SQS delivers it again until it is parked (or an alarm calls somebody first).
"""

import json
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from pydantic import TypeAdapter, ValidationError

from shared import replay
from shared.bus import Bus
from shared.dead_letters import DeadLetter, Hop, Parking
from shared.events import Envelope
from shared.ids import TransactionId
from shared.inbox import publish_each
from shared.observability import count, logger

DeadLetterHandler = Callable[[DeadLetter, Parking], Iterable[Envelope]]

RETRIES_EXHAUSTED = "RetriesExhausted"
"""The error of a message that SQS moved: whoever failed left no word of why."""
LONGEST_TEXT = 256
"""EventBridge's names and ids are half as long at most."""

_transaction_id = TypeAdapter(TransactionId)


@dataclass(frozen=True)
class DeadLetterQueues:
    """What working off a service's two dead-letter queues takes."""

    parking: Parking
    bus: Bus
    inbox_dead_letter_url: str
    """Whose messages died in the inbox; those of the other queue never reached it."""


def read_off(
    records: Sequence[dict[str, Any]], handle: DeadLetterHandler, queues: DeadLetterQueues
) -> dict[str, Any]:
    """Answers the batch response: the ids of the messages that SQS must deliver again."""
    failed: set[str] = set()
    publish: dict[str, tuple[Envelope, ...]] = {}
    for record in records:
        try:
            publish[record["messageId"]] = _read(record, handle, queues)
        except Exception:
            count("Errors")
            logger().exception("could not park a dead letter")
            failed.add(record["messageId"])
    failed |= publish_each(publish, queues.bus)
    # Counted when acknowledged, and not when parked: a worker that dies in between has counted
    # nothing, and the next one finds the letter parked already.
    count("DeadLetters", len(records) - len(failed))
    return {"batchItemFailures": [{"itemIdentifier": identity} for identity in sorted(failed)]}


def _read(
    record: dict[str, Any], handle: DeadLetterHandler, queues: DeadLetterQueues
) -> tuple[Envelope, ...]:
    parking = queues.parking
    hop = hop_of(record, queues.inbox_dead_letter_url)
    letter = letter_of(record, service=parking.service, hop=hop, now=parking.now())
    with replay.handling(letter.replay_name):
        publish = tuple(handle(letter, parking))
    logger().error(
        "parked",
        dead_letter_id=letter.dead_letter_id,
        transaction_id=letter.transaction_id,
        event_id=letter.event_id,
        event=letter.detail_type,
        hop=hop,
        error=letter.error,
        attempts=letter.attempts,
        publishes=[envelope.detail_type for envelope in publish],
    )
    return publish


def hop_of(record: dict[str, Any], inbox_dead_letter_url: str) -> Hop:
    """Answers on which hop a message died, by the queue that it lies in."""
    queue = str(record["eventSourceARN"]).rsplit(":", 1)[1]
    return Hop.INBOX if inbox_dead_letter_url.rsplit("/", 1)[1] == queue else Hop.RULE


def letter_of(record: dict[str, Any], *, service: str, hop: Hop, now: datetime) -> DeadLetter:
    """Answers the dead letter in an SQS record: whole, with what of it can be read."""
    event = _object(_json(record["body"]))
    metadata = _object(_object(event.get("detail")).get("metadata"))
    error, reason, attempts = _cause_of_death(record)
    return DeadLetter(
        dead_letter_id=record["messageId"],
        service=service,
        hop=hop,
        body=record["body"],
        error=error,
        reason=reason,
        attempts=attempts,
        transaction_id=_transaction(metadata.get("transaction_id")),
        event_id=_text(metadata.get("event_id")) or _text(event.get("id")),
        detail_type=_text(event.get("detail-type")),
        replay_name=_text(event.get("replay-name")),
        died_at=now,
    )


def _cause_of_death(record: dict[str, Any]) -> tuple[str, str, int]:
    """Answers error, reason and attempts as told by whoever gave up on the message."""
    told = {
        name: str(value.get("stringValue", ""))
        for name, value in record.get("messageAttributes", {}).items()
    }
    # This delivery, out of the dead-letter queue, was no attempt.
    received = int(record.get("attributes", {}).get("ApproximateReceiveCount", "1"))
    attempts = max(1, received - 1)
    if "error" in told:  # our own entrypoint, see SqsInboxQueue.dead_letter
        return told["error"], told.get("reason", ""), _number(told.get("attempts"), attempts)
    if "ERROR_CODE" in told:
        # https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-rule-dlq.html
        retries = _number(told.get("RETRY_ATTEMPTS"), 0)
        rule = told.get("RULE_ARN", "").rsplit("/", 1)[-1]
        return told["ERROR_CODE"], f"{rule}: {told.get('ERROR_MESSAGE', '')}", 1 + retries
    return RETRIES_EXHAUSTED, "received more often than the queue allows; see the logs", attempts


def _json(body: str) -> object:
    try:
        return json.loads(body)
    except (ValueError, RecursionError):
        return None


def _object(value: object) -> dict[str, Any]:
    return value if isinstance(value, dict) else {}


def _text(value: object) -> str | None:
    """Answers a name or an id; what can be neither must not keep the letter from being parked."""
    readable = isinstance(value, str) and 0 < len(value) <= LONGEST_TEXT and value.isprintable()
    return str(value) if readable else None


def _number(text: str | None, otherwise: int) -> int:
    return int(text) if text is not None and text.isdecimal() else otherwise


def _transaction(value: object) -> TransactionId | None:
    try:
        return _transaction_id.validate_python(value)
    except ValidationError:
        return None
