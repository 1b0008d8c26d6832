"""Journals every event of a transaction, exactly once."""

from collections.abc import Iterable

from notifications.ports import Journal
from shared.events import Envelope
from shared.observability import count, logger


def keep(envelope: Envelope, journal: Journal) -> Iterable[Envelope]:
    """Keeps the event; there is nothing to publish."""
    sequence = journal.append(envelope)
    count("Ignored" if sequence is None else "Journalled")
    logger().info("journalled", sequence=sequence)
    return ()
