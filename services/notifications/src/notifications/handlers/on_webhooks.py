"""The queue of webhooks: one delivery to one receiver at a time."""

from notifications import delivering, wiring
from notifications.receivers import Delivery
from shared import entrypoint


@entrypoint.each(wiring.webhooks)
def handler(delivery: Delivery, deps: delivering.Deps) -> None:
    """Returns when the receiver has taken it."""
    delivering.deliver(delivery, deps)
