"""The inbox queue of inventory: orders placed, confirmed, rejected and cancelled."""

from collections.abc import Iterable

from inventory import moving, wiring
from shared import entrypoint
from shared.events import Envelope


@entrypoint.inbox(wiring.inbox)
def handler(envelope: Envelope, deps: moving.Deps) -> Iterable[Envelope]:
    """Answers what is to be published before the message is acknowledged."""
    return moving.move(envelope, deps)
