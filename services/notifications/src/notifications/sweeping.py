"""Closes connections that want nothing, and clears what MQTT topics retain for too long."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from itertools import islice

from notifications.followers import Followers
from notifications.ports import Connections, Journal, Retained, Sockets
from shared.clock import Clock
from shared.events import Envelope
from shared.observability import count, logger

MOST_PER_RUN = 500


@dataclass(frozen=True)
class Deps:
    """What the sweep needs; no retained topics: the stage has no MQTT."""

    connections: Connections
    followers: Followers
    sockets: Sockets
    journal: Journal
    retained: Retained | None
    now: Clock


def sweep(deps: Deps) -> Iterable[Envelope]:
    """Tidies up; there is nothing to publish."""
    now = deps.now()
    idle = list(islice(deps.connections.idle(now), MOST_PER_RUN))
    count("IdleConnections", len(idle))
    for connection_id in idle:
        _one(_close, connection_id, deps)
    if deps.retained is not None:
        for transaction_id in list(islice(deps.journal.retained(now), MOST_PER_RUN)):
            _one(_clear, transaction_id, deps)
    return ()


def _one(tidy: Callable[[str, Deps], None], identity: str, deps: Deps) -> None:
    """Tidies up one thing, which must not keep the sweep from the others; it is found again."""
    try:
        tidy(identity, deps)
    except Exception:
        count("Errors")
        logger().exception("could not tidy up")


def _close(connection_id: str, deps: Deps) -> None:
    deps.sockets.disconnect(connection_id)
    deps.followers.forget(connection_id)


def _clear(transaction_id: str, deps: Deps) -> None:
    """Clears first: an order that is off the list would never be cleared."""
    if deps.retained is not None:
        deps.retained.clear(transaction_id)
        deps.journal.forget_retained(transaction_id, deps.now())
