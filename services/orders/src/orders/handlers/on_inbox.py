"""The inbox queue of orders: what the segments say, and changes of products."""

from collections.abc import Iterable

from orders import joining, wiring
from shared import entrypoint
from shared.events import Envelope


@entrypoint.inbox(wiring.inbox)
def handler(envelope: Envelope, deps: joining.Deps) -> Iterable[Envelope]:
    """Answers what is to be published before the message is acknowledged."""
    return joining.hear(envelope, deps)
