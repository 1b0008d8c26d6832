"""The schedule, each minute: looks after orders that aren't settled."""

from collections.abc import Iterable

from orders import sweeping, wiring
from shared import entrypoint
from shared.events import Envelope


@entrypoint.scheduled(wiring.sweep)
def handler(deps: sweeping.Deps) -> Iterable[Envelope]:
    """Answers what is to be published for the orders that are due."""
    return sweeping.sweep(deps)
