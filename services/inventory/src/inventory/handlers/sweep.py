"""The schedule, each minute: puts back what is set aside for orders that nobody decided."""

from collections.abc import Iterable

from inventory import sweeping, wiring
from shared import entrypoint
from shared.events import Envelope


@entrypoint.scheduled(wiring.sweep)
def handler(deps: sweeping.Deps) -> Iterable[Envelope]:
    """Answers what is to be published for the reservations that expired."""
    return sweeping.sweep(deps)
