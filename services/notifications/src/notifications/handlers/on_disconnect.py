"""A WebSocket connection is closed: nobody writes to it any more."""

from notifications import wiring
from notifications.followers import Followers
from shared import entrypoint
from shared.sockets import Frame


@entrypoint.websocket(wiring.followers)
def handler(frame: Frame, followers: Followers) -> None:
    """Forgets the connection and that it followed anything."""
    followers.forget(frame.connection_id)
