"""Tells whoever follows: WebSocket connections, MQTT topics, webhooks, the SNS topic, operators.

A batch of the queue consists of groups (an order or a product each). The queue hands a group to
one function at a time, and what is told is the order as it stands when it is read, so that no
connection sees an earlier state after a later one.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import NamedTuple

from notifications.announcing import Announcement, Announcing
from notifications.domain.feeds import OPERATIONS, Feed, Kind
from notifications.domain.update import changes, owner_of, update
from notifications.domain.work import (
    OrderFollowed,
    OrderMoved,
    ProductFollowed,
    ProductMoved,
    Work,
)
from notifications.frames import product_frame, update_frame
from notifications.operating import Happened, events_frame, happened
from notifications.ports import Document, Feeds, Followed, Journal
from notifications.posting import Post, Posting
from shared.ids import TransactionId
from shared.observability import count, logger


@dataclass(frozen=True)
class Deps:
    """What telling needs."""

    journal: Journal
    feeds: Feeds
    posting: Posting
    announcing: Announcing


class News(NamedTuple):
    """What is to be told of one order or product."""

    posts: list[Post]
    announcements: list[Announcement]


def push(batch: Sequence[Work], deps: Deps) -> set[str]:
    """Tells everybody of a batch; answers the groups that must be tried again."""
    groups: dict[str, list[Work]] = {}
    for work in batch:
        groups.setdefault(work.group, []).append(work)
    orders = deps.journal.read_many(
        work.transaction_id for work in batch if isinstance(work, OrderMoved | OrderFollowed)
    )
    news, failed = _collected(groups, orders, deps)
    failed |= deps.posting.post([post for one in news for post in one.posts])
    failed |= deps.announcing.announce([said for one in news for said in one.announcements])
    _tell_operators(batch, orders, deps)
    count("PushesDone", len(groups) - len(failed))
    return failed


def _collected(
    groups: Mapping[str, Sequence[Work]], orders: Mapping[TransactionId, Followed], deps: Deps
) -> tuple[list[News], set[str]]:
    """Answers what is to be told of each group, and the groups of which that can't be said."""
    news: list[News] = []
    failed: set[str] = set()
    for group, works in groups.items():
        try:
            if group in orders:
                news.append(_news_of_order(group, works, orders[group], deps.announcing))
            else:
                news.append(_news_of_product(group, works, deps))
        except Exception:
            # The rest of the batch must not wait for this one, which comes again.
            count("Errors")
            logger().exception("push failed", of=group)
            failed.add(group)
    return news, failed


def _news_of_order(
    transaction_id: TransactionId, works: Sequence[Work], order: Followed, announcing: Announcing
) -> News:
    feed = Feed(Kind.ORDER, transaction_id)
    new = {w.connection_id: w.after for w in works if isinstance(w, OrderFollowed)}
    frames = {
        connection_id: update_frame(update(transaction_id, order.entries, after=after))
        for connection_id, after in new.items()
    }
    posts = [Post(one, frame, feed, transaction_id) for one, frame in frames.items()]
    numbers = {work.sequence for work in works if isinstance(work, OrderMoved)}
    if not numbers:
        return News(posts, [])
    newest = update(transaction_id, order.entries, after=min(numbers) - 1)
    others = order.followers - new.keys()
    posts += _once_each(others, update_frame(newest), feed, transaction_id, newest.sequence)
    said = [*announcing.of_newest(newest)]
    for change in changes(transaction_id, order.entries, numbers):
        said += announcing.of_change(change, owner_of(order.entries))
    return News(posts, said)


def _once_each(
    connections: Iterable[str], frame: Document, feed: Feed, group: str, number: int
) -> Iterator[Post]:
    """Answers a post for each connection, to which this number of the feed is told once."""
    for one in sorted(connections):
        yield Post(one, frame, feed, group, f"{one}:{feed}:{number}")


def _news_of_product(group: str, works: Sequence[Work], deps: Deps) -> News:
    (sku,) = {work.sku for work in works if isinstance(work, ProductMoved | ProductFollowed)}
    product, followers = deps.feeds.product(sku)
    if product is None:
        return News([], [])
    moved = [work for work in works if isinstance(work, ProductMoved)]
    new = {work.connection_id for work in works if isinstance(work, ProductFollowed)}
    frame, feed = product_frame(product), Feed(Kind.PRODUCT, sku)
    posts = [Post(one, frame, feed, group) for one in sorted(new)]
    if moved:
        posts += _once_each(followers - new, frame, feed, group, product.version)
    turned = any(work.turned for work in moved)
    return News(posts, [deps.announcing.of_turn(product, group)] if turned else [])


def _tell_operators(
    batch: Sequence[Work], orders: Mapping[TransactionId, Followed], deps: Deps
) -> None:
    """Shows the batch's events to the operators who watch; nobody waits for them."""
    try:
        watching = deps.feeds.operators()
        shown = list(_happened(batch, orders)) if watching else []
        if shown:
            frame = events_frame(shown)
            deps.posting.post([Post(one, frame, OPERATIONS) for one in sorted(watching)])
    except Exception:
        count("Errors")
        logger().exception("the operators' view misses something")


def _happened(
    batch: Sequence[Work], orders: Mapping[TransactionId, Followed]
) -> Iterator[Happened]:
    for work in batch:
        if isinstance(work, OrderMoved):
            yield happened(orders[work.transaction_id].entries, work.sequence)
