"""Tells whoever follows: WebSocket connections, MQTT topics, the SNS topic, webhooks, operators.

A batch of the queue is worked off group by group (an order or a product each). The queue hands a
group to one function at a time, and what is posted is the order as it stands when it is read, so
that no connection sees an earlier state after a later one.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from notifications.domain.feeds import OPERATIONS, Feed, Kind
from notifications.domain.update import Change, changes, owner_of, update
from notifications.domain.work import (
    OrderFollowed,
    OrderMoved,
    ProductFollowed,
    ProductMoved,
    Work,
)
from notifications.frames import document, product_frame, update_frame
from notifications.operating import Happened, events_frame, happened
from notifications.ports import Feeds, Followed, Journal, Retained, Topic, WebhookQueue
from notifications.posting import Posting
from notifications.pushed import Pushed
from notifications.receivers import Receivers, deliveries
from shared.errors import RetryLaterError
from shared.ids import TransactionId, event_id
from shared.observability import count, logger


@dataclass(frozen=True)
class Deps:
    """What telling needs; no retained topics: the stage has no MQTT."""

    journal: Journal
    feeds: Feeds
    posting: Posting
    topic: Topic
    retained: Retained | None
    webhooks: WebhookQueue
    receivers: Receivers
    pushed: Pushed = field(default_factory=Pushed)


def push(batch: Sequence[Work], deps: Deps) -> set[str]:
    """Tells everybody of a batch; answers the groups that must be tried again."""
    groups: dict[str, list[Work]] = {}
    for work in batch:
        groups.setdefault(work.group, []).append(work)
    orders = deps.journal.read_many(
        work.transaction_id for work in batch if isinstance(work, OrderMoved | OrderFollowed)
    )
    failed = {g for g, works in groups.items() if not _is_told(g, works, orders, deps)}
    _tell_operators(batch, orders, deps)
    count("PushesDone", len(groups) - len(failed))
    return failed


def _is_told(
    group: str, works: Sequence[Work], orders: Mapping[TransactionId, Followed], deps: Deps
) -> bool:
    """Tells of one order or product; says whether that is done."""
    logger().append_keys(transaction_id=group if group in orders else None)
    try:
        if group in orders:
            _tell_of_order(group, works, orders[group], deps)
        else:
            _tell_of_product(works, deps)
    except RetryLaterError as error:
        logger().warning("push again", reason=str(error))
        return False
    except Exception:
        # The rest of the batch must not wait for this one, which comes again.
        count("Errors")
        logger().exception("push failed")
        return False
    return True


def _tell_of_order(
    transaction_id: TransactionId, works: Sequence[Work], order: Followed, deps: Deps
) -> None:
    feed = Feed(Kind.ORDER, transaction_id)
    new = {w.connection_id: w.after for w in works if isinstance(w, OrderFollowed)}
    for connection_id, after in new.items():
        current = update(transaction_id, order.entries, after=after)
        deps.posting.post(update_frame(current), [connection_id], feed)
    numbers = {work.sequence for work in works if isinstance(work, OrderMoved)}
    if numbers and not deps.pushed.has(transaction_id, len(order.entries)):
        newest = update(transaction_id, order.entries, after=min(numbers) - 1)
        deps.posting.post(update_frame(newest), order.followers - new.keys(), feed)
        if deps.retained is not None:
            deps.retained.retain(transaction_id, document(newest))
        deps.pushed.note(transaction_id, newest.sequence)
    for change in changes(transaction_id, order.entries, numbers):
        _tell_of_change(change, owner_of(order.entries), deps)


def _tell_of_change(change: Change, owner: str | None, deps: Deps) -> None:
    """Tells the topic and the webhooks' receivers of a change of status or finality."""
    told = document(change.update)
    identity = update_id(change.update.transaction_id, change.update.sequence)
    for delivery in deliveries(identity, told, deps.receivers()):
        deps.webhooks.send(delivery)
    attributes: dict[str, str | tuple[str, ...]] = {
        "kind": "order",
        "update_id": identity,
        "status": change.update.status,
        "final": str(change.update.final).lower(),
        "segment": change.segments,
    }
    deps.topic.publish(told, attributes | ({"customer_reference": owner} if owner else {}))
    count("ChangesTold")


def update_id(transaction_id: TransactionId, sequence: int) -> str:
    """Answers the id of what is told of an order at a sequence number: always the same one."""
    return event_id(transaction_id, "OrderUpdated", str(sequence))


def _tell_of_product(works: Sequence[Work], deps: Deps) -> None:
    (sku,) = {work.sku for work in works if isinstance(work, ProductMoved | ProductFollowed)}
    product, followers = deps.feeds.product(sku)
    if product is None:
        return
    moved = [work for work in works if isinstance(work, ProductMoved)]
    new = {work.connection_id for work in works if isinstance(work, ProductFollowed)}
    deps.posting.post(product_frame(product), followers if moved else new, Feed(Kind.PRODUCT, sku))
    if any(work.turned and work.version == product.version for work in moved):
        attributes = {"kind": "product", "sku": sku, "in_stock": str(product.in_stock).lower()}
        deps.topic.publish(product.model_dump(mode="json"), attributes)


def _tell_operators(
    batch: Sequence[Work], orders: Mapping[TransactionId, Followed], deps: Deps
) -> None:
    """Shows the batch's events to the operators who watch; nobody waits for them."""
    try:
        watching = deps.feeds.operators()
        if watching:
            shown = list(_happened(batch, orders))
            deps.posting.post(events_frame(shown), watching, OPERATIONS)
    except Exception:
        count("Errors")
        logger().exception("the operators' view misses something")


def _happened(
    batch: Sequence[Work], orders: Mapping[TransactionId, Followed]
) -> Iterator[Happened]:
    for work in batch:
        if isinstance(work, OrderMoved):
            yield happened(orders[work.transaction_id].entries, work.sequence)
