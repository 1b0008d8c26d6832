"""The dead-letter office of a stage: finds parked messages and sends them to their inboxes again.

Knows AWS by its clients alone and prints nothing.
"""

import itertools
from collections.abc import Callable, Iterable, Iterator
from contextlib import suppress
from dataclasses import dataclass
from datetime import timedelta
from functools import cache
from typing import Any

from local_stack.project import SERVICES
from notifications.adapters import DynamoJournal
from shared.clock import Clock
from shared.dead_letters import DeadLetter, parked
from shared.errors import ConflictError
from shared.events import Envelope
from shared.records import DynamoRecords


class OfficeError(Exception):
    """What was asked for can't be done; nothing was changed."""


@dataclass(frozen=True)
class Wanted:
    """Which dead letters are meant; what is None doesn't matter."""

    service: str | None = None
    error: str | None = None
    transaction: str | None = None
    redriven: bool = False
    """Whether those that were redriven already are meant, too."""

    def __post_init__(self) -> None:
        if self.service is not None and self.service not in SERVICES:
            raise OfficeError(f"no service is called {self.service}: {', '.join(SERVICES)}")

    @property
    def services(self) -> tuple[str, ...]:
        """The services whose dead letters are meant."""
        return SERVICES if self.service is None else (self.service,)

    def includes(self, letter: DeadLetter) -> bool:
        """Answers whether a dead letter is meant."""
        return (
            self.error in {None, letter.error}
            and self.transaction in {None, letter.transaction_id}
            and (self.redriven or letter.redriven_at is None)
        )


class Office:
    """The dead letters of all services of one stage."""

    def __init__(
        self,
        dynamodb: Any,  # noqa: ANN401 - boto3 client
        sqs: Any,  # noqa: ANN401 - boto3 client
        stage: str,
        now: Clock,
    ) -> None:
        self._sqs = sqs
        self._stage = stage
        self._now = now
        self._parked = {
            service: parked(dynamodb, f"orderbus-{stage}-{service}-dead-letters")
            for service in SERVICES
        }
        table = f"orderbus-{stage}-notifications-journal"
        self._journal = DynamoJournal(dynamodb, table, now, keeps_for=timedelta())
        self._inbox = cache(self._inbox_url)

    def letters(self, wanted: Wanted) -> list[DeadLetter]:
        """Answers the dead letters that are meant, the newest first."""
        all_of_them = itertools.chain.from_iterable(
            self._parked[service].every() for service in wanted.services
        )
        found = filter(wanted.includes, all_of_them)
        return sorted(found, key=lambda letter: letter.died_at, reverse=True)

    def find(self, ids: Iterable[str]) -> list[DeadLetter]:
        """Answers these dead letters; the beginning of an id will do where only one begins so."""
        return list({found.dead_letter_id: found for found in map(self._one, ids)}.values())

    def _one(self, identity: str) -> DeadLetter:
        if not identity:
            raise OfficeError("an empty id names no dead letter")
        for records in self._parked.values():
            letter = records.load(identity)
            if letter is not None:
                return letter
        every = self.letters(Wanted(redriven=True))
        found = [letter for letter in every if letter.dead_letter_id.startswith(identity)]
        match found:
            case [letter]:
                return letter
            case []:
                raise OfficeError(f"no dead letter has the id {identity}")
            case _:
                raise OfficeError(f"{len(found)} dead letters have ids that begin with {identity}")

    def story(self, letter: DeadLetter) -> tuple[Envelope, ...]:
        """Answers what was heard of the letter's order, by sequence number."""
        if letter.transaction_id is None:
            return ()
        return self._journal.read(letter.transaction_id)

    def redrive(
        self, letters: Iterable[DeadLetter], *, rate: float, pause: Callable[[float], None]
    ) -> Iterator[DeadLetter]:
        """Sends letters to their services' inboxes at this pace; answers each once it is done."""
        for number, letter in enumerate(letters):
            if number:
                pause(1 / rate)
            # Sent before it is marked: what is sent twice changes nothing, what is never sent does.
            self._sqs.send_message(QueueUrl=self._inbox(letter.service), MessageBody=letter.body)
            _mark(letter, self._parked[letter.service], self._now)
            yield letter

    def _inbox_url(self, service: str) -> str:
        name = f"orderbus-{self._stage}-{service}-inbox"
        return str(self._sqs.get_queue_url(QueueName=name)["QueueUrl"])


def _mark(letter: DeadLetter, records: DynamoRecords[DeadLetter], now: Clock) -> None:
    marked = letter.model_copy(update={"redriven_at": now(), "redrives": letter.redrives + 1})
    with suppress(ConflictError):  # somebody else has redriven it at this moment, and said so
        records.save(marked)
