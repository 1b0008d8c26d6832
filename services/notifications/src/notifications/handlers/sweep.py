"""The schedule, each minute: closes idle connections, clears retained messages."""

from collections.abc import Iterable

from notifications import sweeping, wiring
from shared import entrypoint
from shared.events import Envelope


@entrypoint.scheduled(wiring.sweep)
def handler(deps: sweeping.Deps) -> Iterable[Envelope]:
    """Tidies up; there is nothing to publish."""
    return sweeping.sweep(deps)
