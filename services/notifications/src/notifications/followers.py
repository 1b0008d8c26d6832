"""Who follows what: the one place that writes both sides of it, the feed's and the connection's."""

from dataclasses import dataclass

from notifications.domain.feeds import Feed, Kind
from notifications.ports import Connections, Feeds, Journal, TooManyError


@dataclass(frozen=True)
class Followers:
    """Every connection, every feed."""

    connections: Connections
    journal: Journal
    feeds: Feeds

    def follow(self, connection_id: str, feed: Feed) -> None:
        """Lets a connection follow a feed; raises GoneError or TooManyError.

        The connection's side comes first: whatever breaks off in between is tidied up with it.
        """
        self.connections.add(connection_id, feed)
        if feed.kind is not Kind.ORDER:
            self.feeds.follow(feed, connection_id)
            return
        try:
            self.journal.follow(feed.name, connection_id)
        except TooManyError:
            self.connections.remove(connection_id, feed)
            raise

    def unfollow(self, connection_id: str, feed: Feed) -> None:
        """Ends that a connection follows a feed."""
        self._leave(connection_id, feed)
        self.connections.remove(connection_id, feed)

    def forget(self, connection_id: str, *feeds: Feed) -> None:
        """Forgets a connection that is gone: in these feeds, and in all that are on record."""
        for feed in self.connections.closed(connection_id) | set(feeds):
            self._leave(connection_id, feed)

    def _leave(self, connection_id: str, feed: Feed) -> None:
        if feed.kind is Kind.ORDER:
            self.journal.unfollow(feed.name, connection_id)
        else:
            self.feeds.unfollow(feed, connection_id)
