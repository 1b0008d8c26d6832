"""A frame of a WebSocket connection: subscribe, unsubscribe, ping."""

from notifications import following, wiring
from notifications.ports import Document
from shared import entrypoint
from shared.sockets import Frame


@entrypoint.websocket(wiring.frames)
def handler(frame: Frame, deps: following.Deps) -> Document | None:
    """Answers the frame to send back, if any."""
    return following.take(frame, deps)
