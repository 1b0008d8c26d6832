"""Planted bugs of the channels: what shoppers, topics and other systems are told."""

from collections.abc import Iterable, Iterator, Sequence
from typing import Any

from notifications import journalling, pushing
from notifications.adapters import DynamoFeeds, IotTopics, SnsTopic, SqsPushes
from notifications.adapters.channels import compact, order_topic
from notifications.domain.product import Product
from notifications.domain.update import Change, update
from notifications.domain.update import changes as find_changes
from notifications.domain.work import OrderMoved, Work, parse
from notifications.ports import Announced, Document, Followed
from notifications.posting import Post, Posting
from notifications.pushed import Pushed
from shared import own_queues
from shared.events import Envelope
from simulator.replacing import Patch


def pushes_in_no_order() -> Sequence[Patch]:
    """Pushes of one order may be worked on by several functions at once."""

    def send_alone(pushes: SqsPushes, work: Work) -> None:
        pushes._client.send_message(  # noqa: SLF001 - a mutant changes what is private
            QueueUrl=pushes._queue_url,  # noqa: SLF001
            MessageBody=work.model_dump_json(),
            MessageGroupId=work.once,
            MessageDeduplicationId=work.once,
        )

    return [
        (SqsPushes, "send", send_alone),
        (own_queues, "_group", lambda record: parse(record["body"]).group),
    ]


def skips_whom_it_cannot_reach() -> Sequence[Patch]:
    """A connection that can't be written to just now misses what it is."""
    post = Posting.post

    def pretend(posting: Posting, posts: Sequence[Post]) -> set[str]:
        post(posting, posts)
        return set()

    return [(Posting, "post", pretend)]


def pushes_what_was() -> Sequence[Patch]:
    """A push whose message was sent late tells an older state after a newer one."""
    news = pushing._news_of_order  # noqa: SLF001

    def of_then(group: str, works: Sequence[Work], order: Followed, rest: Any) -> Any:  # noqa: ANN401
        numbers = [work.sequence for work in works if isinstance(work, OrderMoved)]
        then = order.entries[: max(numbers, default=len(order.entries))]
        return news(group, works, order._replace(entries=then), rest)

    return [(pushing, "_news_of_order", of_then)]


def notes_before_it_pushes() -> Sequence[Patch]:
    """A push that fails after it was noted is not tried again."""
    has = Pushed.has

    def has_or_will(pushed: Pushed, name: str) -> bool:
        known = has(pushed, name)
        pushed.note(name)
        return known

    return [(Pushed, "has", has_or_will)]


def pushes_only_what_is_new() -> Sequence[Patch]:
    """A worker that dies between the journal and the queue leaves an event untold."""

    def keep_once(envelope: Envelope, deps: journalling.Deps) -> None:
        sequence, is_new = deps.journal.append(envelope)
        if is_new:
            work = OrderMoved(transaction_id=envelope.transaction_id, sequence=sequence)
            deps.pushes.send(work)

    return [(journalling, "_keep_order", keep_once)]


def tells_the_newest_change_alone() -> Sequence[Patch]:
    """What came before the newest event of a burst is not told."""

    def newest(
        transaction_id: str, entries: Sequence[Envelope], sequences: Iterable[int]
    ) -> Iterator[Change]:
        return find_changes(transaction_id, entries, set(sequences) & {len(entries)})

    return [(pushing, "changes", newest)]


def tells_of_every_event() -> Sequence[Patch]:
    """Changes are not told apart from other events."""

    def every(
        transaction_id: str, entries: Sequence[Envelope], sequences: Iterable[int]
    ) -> Iterator[Change]:
        for sequence in sorted(sequences):
            told = update(transaction_id, entries, after=sequence - 1, sequence=sequence)
            yield Change(told, ("order",))

    return [(pushing, "changes", every)]


def tells_of_the_order_as_it_stands() -> Sequence[Patch]:
    """A change is told with a later one's document."""

    def newest(
        transaction_id: str, entries: Sequence[Envelope], sequences: Iterable[int]
    ) -> Iterator[Change]:
        for change in find_changes(transaction_id, entries, sequences):
            now = update(transaction_id, entries, after=change.update.from_sequence)
            told = now.model_copy(update={"sequence": change.update.sequence})
            yield Change(told, change.segments)

    return [(pushing, "changes", newest)]


def tells_twice() -> Sequence[Patch]:
    """A change is told twice, whatever happens."""
    publish = SnsTopic.publish

    def publish_again(topic: SnsTopic, message: Document, attributes: Any) -> None:  # noqa: ANN401
        for _ in range(2):
            publish(topic, message, attributes)

    return [(SnsTopic, "publish", publish_again)]


def does_not_retain_the_last_update() -> Sequence[Patch]:
    """Whoever subscribes after the order's end gets a view that is out of date."""

    def publish(topics: IotTopics, transaction_id: str, told: Document) -> None:
        topics._client.publish(  # noqa: SLF001
            topic=order_topic(topics._stage, transaction_id),  # noqa: SLF001
            qos=1,
            retain=not told["final"],
            payload=compact(told),
        )

    return [(IotTopics, "retain", publish)]


def announces_older_products() -> Sequence[Patch]:
    """Whichever version of a product comes last is kept."""

    def announce(feeds: DynamoFeeds, product: Product) -> Announced:
        unconditional: Any = feeds._put  # noqa: SLF001
        try:
            unconditional(product, turned_by=0)
        except feeds._client.exceptions.ConditionalCheckFailedException:  # noqa: SLF001
            key = {"feed": {"S": f"product#{product.sku}"}, "member": {"S": "#state"}}
            feeds._client.delete_item(TableName=feeds._table, Key=key)  # noqa: SLF001
            unconditional(product, turned_by=0)
        return Announced(is_newest=True, turned=False)

    return [(DynamoFeeds, "announce", announce)]
