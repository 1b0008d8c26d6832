"""notifications' journal in memory."""

from dataclasses import dataclass, field

from shared.errors import UnprocessableError
from shared.events import Envelope

MOST_ENTRIES = 400


@dataclass
class FakeJournal:
    """Events by transaction, each once."""

    kept: dict[str, list[Envelope]] = field(default_factory=dict)

    def append(self, envelope: Envelope) -> int | None:
        """Keeps an event; answers its sequence number, or None when it was there before."""
        entries = self.kept.setdefault(envelope.transaction_id, [])
        if envelope.event_id in {entry.event_id for entry in entries}:
            return None
        if len(entries) >= MOST_ENTRIES:
            raise UnprocessableError("the journal is full")
        entries.append(envelope)
        return len(entries)

    def read(self, transaction_id: str) -> tuple[Envelope, ...]:
        """Answers the transaction's events by sequence number."""
        return tuple(self.kept.get(transaction_id, ()))
