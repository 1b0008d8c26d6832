"""The inbox queue of payments: orders placed, confirmed, rejected and cancelled."""

from collections.abc import Iterable

from payments import paying, wiring
from shared import entrypoint
from shared.events import Envelope


@entrypoint.inbox(wiring.inbox)
def handler(envelope: Envelope, deps: paying.Deps) -> Iterable[Envelope]:
    """Answers what is to be published before the message is acknowledged."""
    return paying.pay(envelope, deps)
