"""Posts frames to connections: none waits for another, those that are gone are forgotten."""

from collections.abc import Callable, Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextvars import Context, copy_context
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum
from functools import cached_property
from typing import NamedTuple

from notifications.domain.feeds import Feed
from notifications.followers import Followers
from notifications.ports import Document, GoneError, Sockets
from notifications.pushed import Pushed
from shared.clock import Clock
from shared.observability import count, logger

SIDE_BY_SIDE = 32
PATIENCE = timedelta(seconds=4)
"""A post that has not begun by then comes again with its group: others of a batch wait, too."""


class Post(NamedTuple):
    """One frame for one connection."""

    connection_id: str
    frame: Document
    feed: Feed
    group: str = ""
    """What comes again when the connection can't be reached now."""
    once: str = ""
    """Names what is told, so that it is told once; nothing: it is told in any case."""


class Outcome(StrEnum):
    """What became of a post, as it is counted."""

    POSTED = "Posted"
    KNOWN = "Known"
    GONE = "Gone"
    UNREACHED = "Unreached"


@dataclass(frozen=True)
class Posting:
    """The connections, the followers that they are forgotten from, what they were told."""

    sockets: Sockets
    followers: Followers
    now: Clock
    pushed: Pushed = field(default_factory=Pushed)

    def post(self, posts: Sequence[Post]) -> set[str]:
        """Posts each frame; answers the groups of which some connection can't be reached now."""
        until = self.now() + PATIENCE
        outcomes = list(self._each(lambda post: self._outcome(post, until), posts))
        for outcome in Outcome:
            count(outcome, outcomes.count(outcome))
        reached = zip(posts, outcomes, strict=True)
        return {post.group for post, outcome in reached if outcome is Outcome.UNREACHED}

    def _each(self, call: Callable[[Post], Outcome], posts: Sequence[Post]) -> Iterable[Outcome]:
        """Calls side by side where there are several: a slow connection holds up no other."""
        if len(posts) < 2:  # noqa: PLR2004 - nobody to wait for
            return map(call, posts)
        contexts: list[Context] = [copy_context() for _ in posts]  # a replay's wall stands there
        return self._pool.map(lambda context, post: context.run(call, post), contexts, posts)

    @cached_property
    def _pool(self) -> ThreadPoolExecutor:
        return ThreadPoolExecutor(SIDE_BY_SIDE, thread_name_prefix="posting")

    def _outcome(self, post: Post, until: datetime) -> Outcome:
        """Posts one frame; whatever goes wrong is this connection's matter alone."""
        if post.once and self.pushed.has(post.once):
            return Outcome.KNOWN
        if self.now() > until:
            return Outcome.UNREACHED
        try:
            self.sockets.post(post.connection_id, post.frame)
            if post.once:
                self.pushed.note(post.once)
        except GoneError:
            return self._forgotten(post)
        except Exception:
            logger().exception("a connection could not be reached", feed=str(post.feed))
            return Outcome.UNREACHED
        return Outcome.POSTED

    def _forgotten(self, post: Post) -> Outcome:
        try:
            self.followers.forget(post.connection_id, post.feed)
        except Exception:
            logger().exception("a connection could not be forgotten", feed=str(post.feed))
            return Outcome.UNREACHED
        return Outcome.GONE
