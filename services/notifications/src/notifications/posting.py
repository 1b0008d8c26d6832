"""Posts a frame to many connections: none waits for another, those that are gone are forgotten."""

from collections.abc import Callable, Collection, Iterable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from functools import cached_property

from notifications.domain.feeds import Feed
from notifications.followers import Followers
from notifications.ports import Document, GoneError, Sockets
from shared.errors import RetryLaterError
from shared.observability import count, logger

SIDE_BY_SIDE = 16


@dataclass(frozen=True)
class Posting:
    """The connections, and the followers that they are forgotten from."""

    sockets: Sockets
    followers: Followers
    side_by_side: int = field(default=SIDE_BY_SIDE)

    def post(self, frame: Document, connections: Collection[str], feed: Feed) -> None:
        """Posts a frame of a feed to each connection.

        Raises RetryLaterError at the end when one of them could not be reached now.
        """
        reached = list(self._each(lambda one: self._posted(one, frame, feed), connections))
        count("Posted", sum(reached))
        if not all(reached):
            raise RetryLaterError(f"{reached.count(False)} follower(s) could not be reached")

    def _each(self, post: Callable[[str], bool], connections: Collection[str]) -> Iterable[bool]:
        """Calls side by side where there are several: a slow connection holds up no other."""
        if len(connections) < 2:  # noqa: PLR2004 - nobody to wait for
            return map(post, connections)
        return self._pool.map(post, connections)

    @cached_property
    def _pool(self) -> ThreadPoolExecutor:
        return ThreadPoolExecutor(self.side_by_side, thread_name_prefix="posting")

    def _posted(self, connection_id: str, frame: Document, feed: Feed) -> bool:
        try:
            self.sockets.post(connection_id, frame)
        except GoneError:
            count("Gone")
            self.followers.forget(connection_id, feed)
        except RetryLaterError:
            logger().exception("a follower could not be reached")
            return False
        return True
