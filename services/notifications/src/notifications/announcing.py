"""Announces what became of orders and products where nobody is connected: MQTT, webhooks, SNS.

Each channel stands by itself: one that is out of reach, or slow, holds up no other.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum
from functools import partial
from typing import NamedTuple

from notifications.domain.product import Product
from notifications.domain.update import Change, Update
from notifications.frames import document
from notifications.ports import Retained, Topic, WebhookQueue
from notifications.pushed import Pushed
from notifications.receivers import Receivers, deliveries
from shared.clock import Clock
from shared.ids import TransactionId, event_id
from shared.observability import count, logger

PATIENCE = timedelta(seconds=3)
"""A channel that takes longer with a batch gets the rest of it later."""


class Channel(StrEnum):
    """Where things are announced, in this order."""

    MQTT = "mqtt"
    WEBHOOKS = "webhooks"
    SNS = "sns"


class Announcement(NamedTuple):
    """One thing to announce on one channel."""

    group: str
    """What comes again when the channel can't be reached now."""
    channel: Channel
    subject: str
    announce: Callable[[], None]

    @property
    def once(self) -> str:
        """Names the announcement."""
        return f"{self.channel}:{self.subject}"


@dataclass(frozen=True)
class Announcing:
    """The channels; no retained topics: the stage has no MQTT."""

    topic: Topic
    retained: Retained | None
    webhooks: WebhookQueue
    receivers: Receivers
    now: Clock
    pushed: Pushed = field(default_factory=Pushed)

    def of_newest(self, newest: Update) -> Iterator[Announcement]:
        """Answers what is to be announced of any update: the order's topic retains it."""
        if self.retained is not None:
            tell = partial(self.retained.retain, newest.transaction_id, document(newest))
            yield _about(newest, Channel.MQTT, tell)

    def of_change(self, change: Change, owner: str | None) -> Iterator[Announcement]:
        """Answers what is to be announced of a change of status or finality."""
        yield _about(change.update, Channel.WEBHOOKS, partial(self._deliver, change.update))
        yield _about(change.update, Channel.SNS, partial(self._publish, change, owner))

    def of_turn(self, product: Product, group: str) -> Announcement:
        """Answers what is to be announced of a product that came into stock, or went out of it."""
        tell = partial(self._publish_product, product)
        return Announcement(group, Channel.SNS, f"{group}:{product.version}", tell)

    def _deliver(self, update: Update) -> None:
        identity = update_id(update.transaction_id, update.sequence)
        for delivery in deliveries(identity, document(update), self.receivers()):
            self.webhooks.send(delivery)

    def _publish(self, change: Change, owner: str | None) -> None:
        attributes: dict[str, str | tuple[str, ...]] = {
            "kind": "order",
            "update_id": update_id(change.update.transaction_id, change.update.sequence),
            "status": change.update.status,
            "final": str(change.update.final).lower(),
            "segment": change.segments,
        }
        owned = {"customer_reference": owner} if owner else {}
        self.topic.publish(document(change.update), attributes | owned)
        count("ChangesTold")

    def _publish_product(self, product: Product) -> None:
        attributes = {
            "kind": "product",
            "sku": product.sku,
            "in_stock": str(product.in_stock).lower(),
        }
        self.topic.publish(product.model_dump(mode="json"), attributes)

    def announce(self, announcements: Sequence[Announcement]) -> set[str]:
        """Announces everything, channel by channel; answers the groups that must come again."""
        failed: set[str] = set()
        for channel in Channel:
            until = self.now() + PATIENCE
            failed |= {
                announcement.group
                for announcement in announcements
                if announcement.channel is channel and not self._is_announced(announcement, until)
            }
        return failed

    def _is_announced(self, announcement: Announcement, until: datetime) -> bool:
        if self.pushed.has(announcement.once):
            return True
        if self.now() > until:
            return False
        try:
            announcement.announce()
        except Exception:
            count("Errors")
            logger().exception("could not announce", on=announcement.channel, of=announcement.group)
            return False
        self.pushed.note(announcement.once)
        return True


def _about(update: Update, channel: Channel, announce: Callable[[], None]) -> Announcement:
    subject = f"{update.transaction_id}:{update.sequence}"
    return Announcement(update.transaction_id, channel, subject, announce)


def update_id(transaction_id: TransactionId, sequence: int) -> str:
    """Answers the id of what is told of an order at a sequence number: always the same one."""
    return event_id(transaction_id, "OrderUpdated", str(sequence))
