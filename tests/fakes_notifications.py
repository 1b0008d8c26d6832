"""notifications' ports in memory, by the same promises as those on AWS."""

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from fakes_shared import FakeClock

from notifications import journalling as keeping
from notifications import pushing as telling
from notifications.announcing import Announcing
from notifications.domain.feeds import MOST_FEEDS, MOST_FOLLOWERS, OPERATIONS, Feed, Kind
from notifications.domain.product import Product
from notifications.domain.work import OrderFollowed, Work
from notifications.followers import Followers
from notifications.ports import (
    Announced,
    Document,
    Followed,
    GoneError,
    TooManyError,
)
from notifications.posting import Posting
from notifications.receivers import Receiver
from shared.errors import RetryLaterError, UnprocessableError
from shared.events import Envelope

MOST_ENTRIES = 400


@dataclass
class FakeJournal:
    """Events by transaction, each once, and who follows them."""

    kept: dict[str, list[Envelope]] = field(default_factory=dict)
    followers: dict[str, set[str]] = field(default_factory=dict)
    clear_at: dict[str, datetime] = field(default_factory=dict)
    now: FakeClock = field(default_factory=FakeClock)
    retains_for: timedelta | None = None

    def append(self, envelope: Envelope) -> tuple[int, bool]:
        """Keeps an event; answers its sequence number, and whether it is new."""
        entries = self.kept.setdefault(envelope.transaction_id, [])
        ids = [entry.event_id for entry in entries]
        if envelope.event_id in ids:
            return ids.index(envelope.event_id) + 1, False
        if len(entries) >= MOST_ENTRIES:
            raise UnprocessableError("the journal is full")
        entries.append(envelope)
        if self.retains_for is not None:
            self.clear_at[envelope.transaction_id] = self.now() + self.retains_for
        return len(entries), True

    def read(self, transaction_id: str) -> tuple[Envelope, ...]:
        """Answers the transaction's events by sequence number."""
        return tuple(self.kept.get(transaction_id, ()))

    def read_many(self, wanted: Iterable[str]) -> Mapping[str, Followed]:
        """Answers every one of these transactions."""
        return {
            identity: Followed(self.read(identity), frozenset(self.followers.get(identity, ())))
            for identity in wanted
        }

    def follow(self, transaction_id: str, connection_id: str) -> None:
        """Lets a connection follow an order; raises TooManyError."""
        followers = self.followers.setdefault(transaction_id, set())
        if connection_id not in followers and len(followers) >= MOST_FOLLOWERS:
            raise TooManyError("too many")
        followers.add(connection_id)

    def unfollow(self, transaction_id: str, connection_id: str) -> None:
        """Forgets that a connection follows an order."""
        self.followers.get(transaction_id, set()).discard(connection_id)

    def retained(self, until: datetime) -> Iterator[str]:
        """Answers the orders whose retained message is to be cleared by then."""
        return (identity for identity, at in list(self.clear_at.items()) if at <= until)

    def forget_retained(self, transaction_id: str, until: datetime) -> None:
        """Takes an order off that list, unless something came of it since."""
        at = self.clear_at.get(transaction_id)
        if at is not None and at <= until:
            del self.clear_at[transaction_id]


@dataclass
class FakeConnections:
    """Connections and what each follows."""

    now: FakeClock = field(default_factory=FakeClock)
    feeds: dict[str, set[Feed]] = field(default_factory=dict)
    idle_at: dict[str, datetime] = field(default_factory=dict)

    def opened(self, connection_id: str) -> None:
        """Notes a new connection."""
        self.feeds[connection_id] = set()
        self.idle_at[connection_id] = self.now() + timedelta(seconds=45)

    def add(self, connection_id: str, feed: Feed) -> None:
        """Notes that a connection follows something; raises GoneError or TooManyError."""
        if connection_id not in self.feeds:
            raise GoneError(connection_id)
        feeds = self.feeds[connection_id]
        if feed not in feeds and len(feeds) >= MOST_FEEDS:
            raise TooManyError("too many")
        feeds.add(feed)
        self.idle_at.pop(connection_id, None)

    def remove(self, connection_id: str, feed: Feed) -> None:
        """Notes that a connection follows something no more."""
        self.feeds.get(connection_id, set()).discard(feed)

    def closed(self, connection_id: str) -> frozenset[Feed]:
        """Forgets a connection; answers what it followed."""
        self.idle_at.pop(connection_id, None)
        return frozenset(self.feeds.pop(connection_id, ()))

    def idle(self, now: datetime) -> Iterator[str]:
        """Answers the connections that have subscribed to nothing in their first minute."""
        return (connection for connection, at in list(self.idle_at.items()) if at <= now)


@dataclass
class FakeFeeds:
    """Products as last announced, and the followers of products and of everything."""

    products: dict[str, tuple[Product, int]] = field(default_factory=dict)
    """Each with the version by which it last turned."""
    followers: dict[Feed, set[str]] = field(default_factory=dict)

    def announce(self, product: Product) -> Announced:
        """Keeps a product's newest version; the same one again gets the same answer."""
        known, turned_by = self.products.get(product.sku, (None, 0))
        if known is not None and known.version >= product.version:
            same = known.version == product.version
            return Announced(same, turned=turned_by == product.version)
        turned = known is not None and known.in_stock != product.in_stock
        self.products[product.sku] = product, product.version if turned else turned_by
        return Announced(is_newest=True, turned=turned)

    def product(self, sku: str) -> tuple[Product | None, frozenset[str]]:
        """Answers a product as last announced, and the connections that follow it."""
        known, _ = self.products.get(sku, (None, 0))
        return known, frozenset(self.followers.get(Feed(Kind.PRODUCT, sku), ()))

    def operators(self) -> frozenset[str]:
        """Answers the connections that follow everything."""
        return frozenset(self.followers.get(OPERATIONS, ()))

    def follow(self, feed: Feed, connection_id: str) -> None:
        """Lets a connection follow a product or everything."""
        self.followers.setdefault(feed, set()).add(connection_id)

    def unfollow(self, feed: Feed, connection_id: str) -> None:
        """Forgets that a connection does."""
        self.followers.get(feed, set()).discard(connection_id)


@dataclass
class FakePushes:
    """The queue of pushes: each piece of work once, in order."""

    queued: list[Work] = field(default_factory=list)

    def send(self, work: Work) -> None:
        """Queues one piece of work."""
        if work.once not in {known.once for known in self.queued}:
            self.queued.append(work)


@dataclass
class FakeSockets:
    """Connections that keep what they got; some are gone, some out of reach."""

    posted: dict[str, list[Document]] = field(default_factory=dict)
    gone: set[str] = field(default_factory=set)
    out_of_reach: set[str] = field(default_factory=set)
    disconnected: list[str] = field(default_factory=list)

    def post(self, connection_id: str, frame: Document) -> None:
        """Sends a frame; raises GoneError or RetryLaterError."""
        if connection_id in self.gone:
            raise GoneError(connection_id)
        if connection_id in self.out_of_reach:
            raise RetryLaterError("not now")
        self.posted.setdefault(connection_id, []).append(frame)

    def disconnect(self, connection_id: str) -> None:
        """Closes a connection."""
        self.disconnected.append(connection_id)
        self.gone.add(connection_id)


@dataclass
class FakeTopic:
    """The SNS topic: messages with their attributes."""

    published: list[tuple[Document, Mapping[str, str | tuple[str, ...]]]] = field(
        default_factory=list
    )
    broken: bool = False

    def publish(self, message: Document, attributes: Mapping[str, str | tuple[str, ...]]) -> None:
        """Publishes one message."""
        if self.broken:
            raise OSError("the topic is out of reach")
        self.published.append((message, attributes))


@dataclass
class FakeRetained:
    """The MQTT topics: what each retains, and everything that was published to it."""

    retained: dict[str, Document] = field(default_factory=dict)
    published: list[Document] = field(default_factory=list)
    broken: bool = False

    def retain(self, transaction_id: str, update: Document) -> None:
        """Publishes an update to the order's topic."""
        if self.broken:
            raise OSError("the topics are out of reach")
        self.published.append(update)
        self.retained[transaction_id] = update

    def clear(self, transaction_id: str) -> None:
        """Lets the order's topic keep nothing any more."""
        self.retained.pop(transaction_id, None)


@dataclass
class FakeWebhookQueue:
    """The queue of webhooks."""

    queued: list[Document] = field(default_factory=list)
    broken: bool = False

    def send(self, delivery: Document) -> None:
        """Queues one delivery."""
        if self.broken:
            raise OSError("the queue is out of reach")
        self.queued.append(delivery)


@dataclass
class FakeSts:
    """STS as far as MQTT sessions ask it: remembers what it was asked for."""

    asked: list[dict[str, Any]] = field(default_factory=list)

    def assume_role(self, **asked: Any) -> dict[str, Any]:  # noqa: ANN401 - boto3's arguments
        """Answers credentials that open nothing."""
        self.asked.append(asked)
        return {
            "Credentials": {
                "AccessKeyId": "ASIAEXAMPLE",
                "SecretAccessKey": "secret",
                "SessionToken": "a/token+with=signs",
            }
        }


class InARow:
    """Stands where a pool of threads is made: what it would do side by side is done in a row."""

    def __init__(self, *_arguments: object, **_named: object) -> None:
        pass

    def map(self, call: Callable[..., Any], *arguments: Iterable[Any]) -> Iterator[Any]:
        """Answers what the calls answer, in order."""
        return iter([call(*each) for each in zip(*arguments, strict=True)])


@dataclass
class Notifications:
    """The whole service in memory."""

    clock: FakeClock = field(default_factory=FakeClock)
    journal: FakeJournal = field(default_factory=FakeJournal)
    feeds: FakeFeeds = field(default_factory=FakeFeeds)
    pushes: FakePushes = field(default_factory=FakePushes)
    sockets: FakeSockets = field(default_factory=FakeSockets)
    topic: FakeTopic = field(default_factory=FakeTopic)
    retained: FakeRetained = field(default_factory=FakeRetained)
    webhooks: FakeWebhookQueue = field(default_factory=FakeWebhookQueue)
    receivers: list[Receiver] = field(default_factory=list)
    frames: int = 0
    connections: FakeConnections = field(init=False)
    followers: Followers = field(init=False)
    pushing: telling.Deps = field(init=False)

    def __post_init__(self) -> None:
        self.connections = FakeConnections(self.clock)
        self.followers = Followers(self.connections, self.journal, self.feeds)
        self.pushing = self.worker()

    def worker(self) -> telling.Deps:
        """Answers what a new worker of the pushes begins with: it remembers nothing."""
        return telling.Deps(
            journal=self.journal,
            feeds=self.feeds,
            posting=Posting(self.sockets, self.followers, self.clock),
            announcing=Announcing(
                topic=self.topic,
                retained=self.retained,
                webhooks=self.webhooks,
                receivers=lambda: self.receivers,
                now=self.clock,
            ),
        )

    @property
    def journalling(self) -> keeping.Deps:
        """What keeping events needs."""
        return keeping.Deps(self.journal, self.feeds, self.pushes)

    def hear(self, *events: Envelope) -> None:
        """Keeps events as they come in."""
        for envelope in events:
            tuple(keeping.keep(envelope, self.journalling))

    def subscribe(self, connection_id: str, transaction_id: str, after: int = 0) -> None:
        """Lets an open connection follow an order, and queues what it gets first."""
        self.followers.follow(connection_id, Feed(Kind.ORDER, transaction_id))
        self.frames += 1
        self.pushes.send(
            OrderFollowed(
                transaction_id=transaction_id,
                connection_id=connection_id,
                after=after,
                frame_id=f"frame-{self.frames}",
            )
        )

    def connect(self, connection_id: str, *feeds: Feed) -> None:
        """Opens a connection that follows some feeds."""
        self.connections.opened(connection_id)
        for feed in feeds:
            self.followers.follow(connection_id, feed)

    def push(self) -> set[str]:
        """Works off what is queued, as one batch; the groups that failed are queued again."""
        batch, self.pushes.queued = self.pushes.queued, []
        failed = telling.push(batch, self.pushing)
        self.pushes.queued = [work for work in batch if work.group in failed]
        return failed

    def updates(self, connection_id: str) -> list[Document]:
        """Answers the updates that a connection got."""
        frames = self.sockets.posted.get(connection_id, [])
        return [frame["update"] for frame in frames if frame["type"] == "update"]
