"""Every follower, in every schedule: events, subscriptions, batches, failures and new workers."""

from collections import defaultdict
from typing import Any

import pytest
from events import cancelled, confirmed, event, placed
from fakes_notifications import InARow, Notifications
from fakes_shared import TRANSACTION
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    invariant,
    rule,
    run_state_machine_as_test,
)
from told import HEARD

from notifications import posting, pushing
from notifications.domain.update import changes, steps
from notifications.frames import document
from notifications.receivers import Receiver
from shared.events import Envelope

ORDERS = (TRANSACTION, "1b5bfb4e-3d0c-5a39-9f0c-2f9f2f7e4f11")
CONNECTIONS = ("a", "b")
CHANNELS = ("topic", "retained", "webhooks")
KINDS = [placed(("A", 1)), confirmed(), cancelled(), *HEARD]

RARELY = st.sampled_from([False, False, False, True])
orders = st.sampled_from(ORDERS)
connections = st.sampled_from(CONNECTIONS)


def _event(order: str, number: int) -> Envelope:
    kind = KINDS[number]
    return event(kind.service, kind.data, transaction=order, cause=str(number))


class Followers(RuleBasedStateMachine):
    """Two orders, two connections, one queue, a worker that forgets, channels that break."""

    def __init__(self) -> None:
        super().__init__()
        self.patch = pytest.MonkeyPatch()
        self.patch.setattr(posting, "ThreadPoolExecutor", InARow)
        self.service = Notifications()
        self.service.receivers = [
            Receiver.model_validate({"id": "r", "url": "https://r", "secrets": ["whsec_MTIz"]})
        ]
        self.unqueued: list[Envelope] = []
        for connection in CONNECTIONS:
            self.service.connect(connection)
            self.service.subscribe(connection, TRANSACTION)
        self.service.push()

    @rule(order=orders, number=st.integers(0, len(KINDS) - 1), dies=RARELY)
    def hear(self, order: str, number: int, *, dies: bool) -> None:
        """An event comes in, or comes again; the worker may die before it queues the push."""
        envelope = _event(order, number)
        if dies:
            self.service.journal.append(envelope)
            self.unqueued.append(envelope)
        else:
            self.service.hear(envelope)

    @rule(connection=connections, order=orders, after=st.integers(0, 9))
    def subscribe(self, connection: str, order: str, after: int) -> None:
        if connection in self.service.connections.feeds:
            self.service.subscribe(connection, order, after)

    @rule(
        groups=st.sampled_from([ORDERS[:1], ORDERS[1:], ORDERS]),
        most=st.integers(1, 9),
        away=st.sets(connections),
        broken=st.sets(st.sampled_from(CHANNELS)),
        dies=RARELY,
    )
    def work(
        self, groups: tuple[str, ...], most: int, away: set[str], broken: set[str], *, dies: bool
    ) -> None:
        """A batch is cut anywhere, and meets what is out of reach at that moment.

        The worker may die after all its effects, with nothing acknowledged.
        """
        self.strain(away, broken)
        queued = self.service.pushes.queued
        batch = [work for work in queued if work.group in groups][:most]
        failed = pushing.push(batch, self.service.pushing)
        done = [] if dies else [id(work) for work in batch if work.group not in failed]
        self.service.pushes.queued = [work for work in queued if id(work) not in done]

    def strain(self, away: set[str], broken: set[str]) -> None:
        """Lets these connections and channels be out of reach, and no others."""
        self.service.sockets.out_of_reach = away
        for channel in CHANNELS:
            getattr(self.service, channel).broken = channel in broken

    @rule()
    def forget(self) -> None:
        """Another worker takes over."""
        self.service.pushing = self.service.worker()

    @rule(connection=connections)
    def lose(self, connection: str) -> None:
        """A connection is gone, and nobody was told."""
        self.service.sockets.gone.add(connection)

    def sequences(self) -> dict[tuple[str, str], list[int]]:
        """Answers what each connection heard of each order, in order."""
        heard: dict[tuple[str, str], list[int]] = defaultdict(list)
        for connection in CONNECTIONS:
            for update in self.service.updates(connection):
                heard[connection, update["transaction_id"]].append(update["sequence"])
        return heard

    @invariant()
    def no_connection_is_taken_back(self) -> None:
        for sequences in self.sequences().values():
            assert sequences == sorted(sequences)

    @invariant()
    def no_retained_message_is_taken_back(self) -> None:
        by_order: dict[str, list[int]] = defaultdict(list)
        for update in self.service.retained.published:
            by_order[update["transaction_id"]].append(update["sequence"])
        assert all(sequences == sorted(sequences) for sequences in by_order.values())

    @invariant()
    def equal_sequences_are_equal_documents_on_every_channel(self) -> None:
        for update in self.every_document():
            order, sequence = update["transaction_id"], update["sequence"]
            entries = self.service.journal.read(order)
            if sequence:
                (step,) = steps(order, entries, after=sequence - 1, most=1)
                assert update | {"from_sequence": sequence - 1} == document(step)
            assert update["from_sequence"] <= sequence

    def every_document(self) -> list[dict[str, Any]]:
        """Answers all that was told, wherever."""
        return [
            *(update for connection in CONNECTIONS for update in self.service.updates(connection)),
            *self.service.retained.published,
            *(message for message, _ in self.service.topic.published),
            *(delivery["data"] for delivery in self.service.webhooks.queued),
        ]

    def teardown(self) -> None:
        self.patch.setattr(posting, "ThreadPoolExecutor", InARow)
        self.strain(set(), set())
        self.service.hear(*self.unqueued)
        assert self.service.push() == set()
        heard = self.sequences()
        for order in ORDERS:
            self.check_order(order, heard)
        self.patch.undo()

    def check_order(self, order: str, heard: dict[tuple[str, str], list[int]]) -> None:
        """Whoever stays ends with the newest; each change was told to the topic and receivers."""
        entries = self.service.journal.read(order)
        for connection in self.service.journal.followers.get(order, set()):
            if connection not in self.service.sockets.gone:
                assert heard[connection, order][-1] == len(entries)
        if entries:
            assert self.service.retained.retained[order]["sequence"] == len(entries)
        changed = {c.update.sequence for c in changes(order, entries, range(1, len(entries) + 1))}
        told = [message for message, _ in self.service.topic.published]
        delivered = [delivery["data"] for delivery in self.service.webhooks.queued]
        for documents in (told, delivered):
            assert {d["sequence"] for d in documents if d["transaction_id"] == order} == changed


def test_every_follower_that_stays_ends_with_the_newest_update_and_is_never_taken_back() -> None:
    run_state_machine_as_test(
        Followers, settings=settings(max_examples=200, stateful_step_count=8, deadline=None)
    )
