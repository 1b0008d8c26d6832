"""Publishing after a commit that nobody redelivers: what fails here, the sweep repeats."""

from collections.abc import Iterable

from shared.bus import Bus
from shared.events import Envelope
from shared.observability import count, logger


def publish_after_commit(bus: Bus, envelopes: Iterable[Envelope]) -> None:
    """Publishes, or leaves it to the sweep: what was committed is answered as accepted."""
    try:
        bus.publish(envelopes)
    except Exception:
        # Whatever it was, the order is committed and stands in the sweep's index.
        count("LeftToTheSweep")
        logger().exception("not published; the sweep will")
