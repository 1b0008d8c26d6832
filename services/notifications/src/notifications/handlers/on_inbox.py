"""The inbox queue of notifications: every event of a transaction, and changes of products."""

from collections.abc import Iterable

from notifications import journalling, wiring
from shared import entrypoint
from shared.events import Envelope


@entrypoint.inbox(wiring.inbox)
def handler(envelope: Envelope, deps: journalling.Deps) -> Iterable[Envelope]:
    """Keeps the event and queues its push before the message is acknowledged."""
    return journalling.keep(envelope, deps)
