"""Stand-ins for the plumbing's ports: a bus, an inbox queue, records in memory, a clock."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any, Generic, TypeVar

from shared.errors import ConflictError, PublishError
from shared.events import Envelope
from shared.history import Record

NOON = datetime(2026, 11, 23, 12, tzinfo=UTC)
TRANSACTION = "0b5bfb4e-3d0c-5a39-9f0c-2f9f2f7e4f11"


@dataclass
class FakeBus:
    """A bus that keeps what it took and refuses what it is told to refuse."""

    published: list[Envelope] = field(default_factory=list)
    refuse: set[str] = field(default_factory=set)
    """Names of events that it refuses."""

    def publish(self, envelopes: Iterable[Envelope]) -> None:
        """Publishes each distinct event; raises PublishError with those that were refused."""
        refused = {}
        for envelope in {e.event_id: e for e in envelopes}.values():
            if envelope.detail_type in self.refuse:
                refused[envelope.event_id] = "InternalFailure"
            else:
                self.published.append(envelope)
        if refused:
            raise PublishError(refused)

    def names(self) -> list[str]:
        """Answers the names of what was published, in order."""
        return [envelope.detail_type for envelope in self.published]


@dataclass
class FakeQueue:
    """An inbox queue that remembers back-offs and dead letters."""

    backed_off: dict[str, int] = field(default_factory=dict)
    dead: list[dict[str, Any]] = field(default_factory=list)
    broken: bool = False

    def back_off(self, receipt_handle: str, seconds: int) -> None:
        """Hides a message for so long before it is delivered again."""
        if self.broken:
            raise OSError("the queue is out of reach")
        self.backed_off[receipt_handle] = seconds

    def dead_letter(self, body: str, *, reason: str, error: str, attempts: int) -> None:
        """Puts a message into the dead-letter queue, with the reason."""
        if self.broken:
            raise OSError("the queue is out of reach")
        self.dead.append({"body": body, "reason": reason, "error": error, "attempts": attempts})


R = TypeVar("R", bound=Record)


@dataclass
class FakeRecords(Generic[R]):
    """Records in memory, by the same promises as DynamoRecords."""

    key: str = "transaction_id"
    kept: dict[str, R] = field(default_factory=dict)
    conflicts: int = 0
    """How many of the next saves another writer overtakes."""

    def load(self, key: str) -> R | None:
        """Answers the record as last committed, or None."""
        return self.kept.get(key)

    def save(self, record: R) -> None:
        """Commits a step; raises ConflictError when another writer was faster."""
        key = getattr(record, self.key)
        current = self.kept[key].version if key in self.kept else 0
        if self.conflicts or record.version != current:
            self.conflicts = max(0, self.conflicts - 1)
            raise ConflictError("another writer was faster")
        self.kept[key] = record.model_copy(update={"version": record.version + 1})


@dataclass
class FakeClock:
    """A clock that stands until it is moved."""

    moment: datetime = NOON

    def __call__(self) -> datetime:
        return self.moment

    def forward(self, seconds: float) -> None:
        """Moves the clock."""
        self.moment += timedelta(seconds=seconds)
