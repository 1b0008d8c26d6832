"""The inbox queue of notifications: every event that belongs to a transaction."""

from collections.abc import Iterable

from notifications import journalling, wiring
from notifications.ports import Journal
from shared import entrypoint
from shared.events import Envelope


@entrypoint.inbox(wiring.inbox)
def handler(envelope: Envelope, journal: Journal) -> Iterable[Envelope]:
    """Keeps the event before the message is acknowledged."""
    return journalling.keep(envelope, journal)
