"""The queue of pushes, in order for each order and product: tells whoever follows."""

from notifications import pushing, wiring
from notifications.domain.work import Work
from shared import entrypoint


@entrypoint.groups(wiring.pushes)
def handler(batch: list[Work], deps: pushing.Deps) -> set[str]:
    """Answers the groups that must be tried again."""
    return pushing.push(batch, deps)
