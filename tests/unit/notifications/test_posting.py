"""Connections side by side: awaited by barriers, never by time."""

import threading
from dataclasses import dataclass, field

import pytest
from fakes_notifications import FakeSockets, Notifications
from fakes_shared import TRANSACTION, FakeClock

from notifications.domain.feeds import MOST_FOLLOWERS, Feed, Kind
from notifications.ports import Document
from notifications.posting import PATIENCE, SIDE_BY_SIDE, Post, Posting
from shared import replay
from shared.errors import ReplayRefusedError

ORDER = Feed(Kind.ORDER, TRANSACTION)
FRAME = {"type": "pong"}
LONG = 30
"""Seconds that no test takes: who waits so long waits in vain."""


@dataclass
class SlowSockets(FakeSockets):
    """The connection `slow` answers only once all the others have been written to."""

    others: threading.Semaphore = field(default_factory=lambda: threading.Semaphore(0))
    expected: int = 0

    def post(self, connection_id: str, frame: Document) -> None:
        if connection_id == "slow":
            for _ in range(self.expected):
                assert self.others.acquire(timeout=LONG), "the slow one holds up the others"
        super().post(connection_id, frame)
        self.others.release()


def _posting(sockets: FakeSockets, clock: FakeClock | None = None) -> Posting:
    service = Notifications()
    return Posting(sockets, service.followers, clock or service.clock)


def _posts(*connections: str, group: str = "g", once: str = "") -> list[Post]:
    return [Post(one, FRAME, ORDER, group, once and f"{one}:{once}") for one in connections]


def test_a_slow_connection_holds_up_no_other() -> None:
    others = [f"c{number}" for number in range(MOST_FOLLOWERS - 1)]
    sockets = SlowSockets(expected=len(others))
    assert _posting(sockets).post(_posts("slow", *others)) == set()
    assert set(sockets.posted) == {"slow", *others}


def test_a_slow_connection_of_one_order_holds_up_no_other_order_of_the_batch() -> None:
    sockets = SlowSockets(expected=1)
    posts = [*_posts("slow", group="a"), *_posts("c", group="b")]
    assert _posting(sockets).post(posts) == set()


def test_all_followers_of_an_order_are_written_to_at_once() -> None:
    barrier = threading.Barrier(MOST_FOLLOWERS, timeout=LONG)

    class Together(FakeSockets):
        def post(self, connection_id: str, frame: Document) -> None:
            barrier.wait()
            super().post(connection_id, frame)

    everybody = [f"c{number}" for number in range(MOST_FOLLOWERS)]
    assert MOST_FOLLOWERS <= SIDE_BY_SIDE
    assert _posting(Together()).post(_posts(*everybody)) == set()


def test_dead_connections_hold_up_nobody_and_only_their_groups_come_again() -> None:
    sockets = FakeSockets(gone={"gone"}, out_of_reach={"away"})
    posts = [
        *_posts("gone", "near", group="a"),
        *_posts("away", "here", group="b"),
    ]
    assert _posting(sockets).post(posts) == {"b"}
    assert set(sockets.posted) == {"near", "here"}


def test_what_nobody_foresaw_is_one_connections_matter() -> None:
    class Broken(FakeSockets):
        def post(self, connection_id: str, frame: Document) -> None:
            if connection_id == "broken":
                raise ZeroDivisionError
            super().post(connection_id, frame)

    sockets = Broken()
    assert _posting(sockets).post([*_posts("broken", group="a"), *_posts("c", group="b")]) == {"a"}
    assert set(sockets.posted) == {"c"}


def test_a_gone_connection_that_can_not_be_forgotten_yet_comes_again(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    posting = _posting(FakeSockets(gone={"gone"}))
    monkeypatch.setattr(posting.followers.connections, "closed", lambda _connection: 1 / 0)
    assert posting.post(_posts("gone")) == {"g"}


def test_what_was_told_is_not_told_again_and_what_has_no_name_always_is() -> None:
    sockets = FakeSockets(out_of_reach={"away"})
    posting = _posting(sockets)
    for _ in range(3):
        assert posting.post(_posts("away", "near", once="1")) == {"g"}
    posting.post(_posts("near"))
    posting.post(_posts("near", once="2"))
    assert {one: len(frames) for one, frames in sockets.posted.items()} == {"near": 3}
    sockets.out_of_reach.clear()
    assert posting.post(_posts("away", "near", once="1")) == set()
    assert {one: len(frames) for one, frames in sockets.posted.items()} == {"near": 3, "away": 1}


def test_what_can_not_begin_in_time_comes_again_so_that_the_function_lives() -> None:
    clock = FakeClock()

    class Slow(FakeSockets):
        def post(self, connection_id: str, frame: Document) -> None:
            super().post(connection_id, frame)
            clock.forward(PATIENCE.total_seconds() + 1)

    sockets = Slow()
    posting = _posting(sockets, clock)
    assert posting.post(_posts("c")) == set()  # the clock of each batch begins anew
    assert posting.post(_posts("d")) == set()
    late = Posting(
        sockets, posting.followers, iter([clock(), clock.moment + 2 * PATIENCE]).__next__
    )
    assert late.post(_posts("e")) == {"g"}
    assert set(sockets.posted) == {"c", "d"}


def test_the_wall_around_replays_stands_in_every_thread() -> None:
    refused: list[str] = []

    class Walled(FakeSockets):
        def post(self, connection_id: str, frame: Document) -> None:
            try:
                replay.refuse("a push")
            except ReplayRefusedError:
                refused.append(connection_id)
            super().post(connection_id, frame)

    posting = _posting(Walled())
    with replay.handling("drill"):
        posting.post(_posts("a", "b", "c"))
    posting.post(_posts("d", "e"))
    assert sorted(refused) == ["a", "b", "c"]


def test_nobody_to_tell_is_nothing_to_do() -> None:
    assert _posting(FakeSockets()).post([]) == set()
