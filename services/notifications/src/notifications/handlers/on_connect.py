"""A WebSocket connection is opened: whoever it is has a minute to subscribe to something."""

from notifications import wiring
from notifications.ports import Connections
from shared import entrypoint
from shared.sockets import Frame


@entrypoint.websocket(wiring.connections)
def handler(frame: Frame, connections: Connections) -> None:
    """Notes the connection."""
    connections.opened(frame.connection_id)
