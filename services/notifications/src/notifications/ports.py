"""What notifications needs of the world outside."""

from collections.abc import Iterable, Iterator, Mapping
from datetime import datetime
from typing import Any, NamedTuple, Protocol

from notifications.domain.feeds import Feed
from notifications.domain.product import Product
from notifications.domain.work import Work
from shared.events import Envelope
from shared.ids import TransactionId

Document = dict[str, Any]
"""A JSON document as it is sent."""


class GoneError(Exception):
    """The connection is closed; nothing reaches it any more."""


class TooManyError(Exception):
    """The connection follows, or the order is followed by, as many as may be."""


class Followed(NamedTuple):
    """An order as the journal has it, and who follows it."""

    entries: tuple[Envelope, ...] = ()
    followers: frozenset[str] = frozenset()
    """Connection ids."""


class Journal(Protocol):
    """Where every event of a transaction is kept, once, and who follows it."""

    def append(self, envelope: Envelope) -> tuple[int, bool]:
        """Keeps an event; answers its sequence number, and whether it is new.

        The numbers of a transaction start at 1 and have no gap.
        """

    def read(self, transaction_id: TransactionId) -> tuple[Envelope, ...]:
        """Answers the transaction's events by sequence number; none: nothing has arrived."""

    def read_many(self, wanted: Iterable[TransactionId]) -> Mapping[TransactionId, Followed]:
        """Answers every one of these transactions, as last committed, in few calls."""

    def follow(self, transaction_id: TransactionId, connection_id: str) -> None:
        """Lets a connection follow an order; raises TooManyError."""

    def unfollow(self, transaction_id: TransactionId, connection_id: str) -> None:
        """Forgets that a connection follows an order."""

    def retained(self, until: datetime) -> Iterator[TransactionId]:
        """Answers the orders whose retained message is to be cleared by then."""

    def forget_retained(self, transaction_id: TransactionId, until: datetime) -> None:
        """Takes an order off that list, unless something came of it since."""


class Connections(Protocol):
    """The WebSocket connections that are open, and what each follows."""

    def opened(self, connection_id: str) -> None:
        """Notes a new connection: it has a minute to subscribe to something."""

    def add(self, connection_id: str, feed: Feed) -> None:
        """Notes that a connection follows something; raises GoneError or TooManyError."""

    def remove(self, connection_id: str, feed: Feed) -> None:
        """Notes that a connection follows something no more."""

    def closed(self, connection_id: str) -> frozenset[Feed]:
        """Forgets a connection; answers what it followed."""

    def idle(self, now: datetime) -> Iterator[str]:
        """Answers the connections that have subscribed to nothing in their first minute."""


class Announced(NamedTuple):
    """What became of the announcement of a product."""

    is_newest: bool
    turned: bool
    """Whether the product last came into stock, or went out of it, by this version."""


class Feeds(Protocol):
    """Products as last announced, and who follows them or the operators' feed."""

    def announce(self, product: Product) -> Announced:
        """Keeps a product's newest version; the same one again gets the same answer."""

    def product(self, sku: str) -> tuple[Product | None, frozenset[str]]:
        """Answers a product as last announced, and the connections that follow it."""

    def operators(self) -> frozenset[str]:
        """Answers the connections that follow everything (some seconds old at most)."""

    def follow(self, feed: Feed, connection_id: str) -> None:
        """Lets a connection follow a product or everything."""

    def unfollow(self, feed: Feed, connection_id: str) -> None:
        """Forgets that a connection does."""


class Pushes(Protocol):
    """The queue of what may have to be pushed; in order for each order and product."""

    def send(self, work: Work) -> None:
        """Queues one piece of work; the same one within five minutes is queued once."""


class Sockets(Protocol):
    """The connections themselves."""

    def post(self, connection_id: str, frame: Document) -> None:
        """Sends a frame; raises GoneError, or RetryLaterError when it could not be sent now."""

    def disconnect(self, connection_id: str) -> None:
        """Closes a connection; one that is gone is closed already."""


class Topic(Protocol):
    """The SNS topic of updates."""

    def publish(self, message: Document, attributes: Mapping[str, str | tuple[str, ...]]) -> None:
        """Publishes one message with its attributes (a tuple is a String.Array)."""


class Retained(Protocol):
    """The MQTT topics of orders: each holds its last update."""

    def retain(self, transaction_id: TransactionId, update: Document) -> None:
        """Publishes an update to the order's topic, which keeps it for later subscribers."""

    def clear(self, transaction_id: TransactionId) -> None:
        """Lets the order's topic keep nothing any more."""


class WebhookQueue(Protocol):
    """The queue of webhooks to deliver."""

    def send(self, delivery: Document) -> None:
        """Queues one delivery to one receiver."""
