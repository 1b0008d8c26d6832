"""Dead letters: messages that a service gave up on, parked whole and told of.

Park, publish, acknowledge: what died is kept in the service's own table before anybody hears of it,
and stays in its dead-letter queue until both are done.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from pydantic import AwareDatetime

from shared import replay
from shared.clock import Clock
from shared.errors import ConflictError
from shared.events import Envelope, SegmentFailed, compose
from shared.history import Record
from shared.ids import TransactionId
from shared.records import DynamoRecords, Records


class Hop(StrEnum):
    """Where a message died."""

    RULE = "rule"
    """EventBridge could not put it into the inbox."""
    INBOX = "inbox"
    """The service could not work on it."""


class DeadLetter(Record):
    """A message that died on its way to `service`, whole, with all that is known of its death."""

    dead_letter_id: str
    """The SQS message's id: a redelivery of the same death is parked once."""
    service: str
    hop: Hop
    body: str
    error: str
    """The kind of error, without personal data."""
    reason: str
    attempts: int
    transaction_id: TransactionId | None = None
    event_id: str | None = None
    detail_type: str | None = None
    replay_name: str | None = None
    died_at: AwareDatetime
    redriven_at: AwareDatetime | None = None
    redrives: int = 0

    @property
    def cause(self) -> str:
        """The event that died, or the message where no event can be read in it."""
        return self.event_id or self.dead_letter_id


@dataclass(frozen=True)
class Parking:
    """Where the dead letters of a service are parked, and when that is."""

    service: str
    parked: Records[DeadLetter]
    now: Clock


def parked(client: Any, table: str) -> DynamoRecords[DeadLetter]:  # noqa: ANN401 - boto3 client
    """Answers the dead letters in a DynamoDB table."""
    return DynamoRecords(client, table, DeadLetter, key="dead_letter_id")


def park(letter: DeadLetter, parking: Parking) -> Iterable[Envelope]:
    """Parks a dead letter once, and answers what is to be published of it."""
    # The one write that a replayed event may cause: it died like any other and must not be lost.
    with replay.handling(None):
        kept = _kept(letter, parking.parked)
    return segment_failed(kept)


def _kept(letter: DeadLetter, records: Records[DeadLetter]) -> DeadLetter:
    """Answers the letter as it is on record: a redelivery tells what the first one told."""
    try:
        records.save(letter)
    except ConflictError:
        return records.load(letter.dead_letter_id) or letter
    return letter


def segment_failed(letter: DeadLetter) -> tuple[Envelope, ...]:
    """Answers the SegmentFailed that a dead letter leads to, or nothing where none may follow.

    None follows an event of no transaction, a SegmentFailed (it would go round for ever), or a
    replayed event (a replay never tells the live world anything).
    """
    told = letter.transaction_id is not None and letter.replay_name is None
    if not told or letter.detail_type == SegmentFailed.detail_type():
        return ()
    data = SegmentFailed(
        failed_event_id=letter.cause,
        failed_detail_type=letter.detail_type or "unknown",
        error=letter.error,
        attempts=letter.attempts,
    )
    return (
        compose(
            data,
            service=letter.service,
            transaction_id=letter.transaction_id,
            cause=letter.cause,
            now=letter.died_at,
        ),
    )
