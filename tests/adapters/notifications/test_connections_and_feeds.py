"""The same cases for connections and feeds in memory and on DynamoDB."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import boto3
import pytest
from fakes_notifications import FakeConnections, FakeFeeds
from fakes_shared import NOON, TRANSACTION, FakeClock
from hypothesis import given, settings
from hypothesis import strategies as st
from moto import mock_aws
from project import resources
from tables import create

from notifications.adapters import DynamoConnections, DynamoFeeds
from notifications.adapters import feeds as adapter
from notifications.domain.feeds import MOST_FEEDS, OPERATIONS, Feed, Kind
from notifications.domain.product import Product
from notifications.ports import Announced, Connections, Feeds, GoneError, TooManyError
from shared import replay
from shared.errors import ReplayRefusedError
from shared.money import Money

ORDER, APPLES = Feed(Kind.ORDER, TRANSACTION), Feed(Kind.PRODUCT, "A")


def product(version: int, available: int | None = None) -> Product:
    return Product(
        sku="A",
        version=version,
        name="Apple",
        unit_price=Money(amount=100, currency="EUR"),
        available_at_most=available,
        in_stock=available != 0,
    )


@dataclass
class Ports:
    """Both ports on one clock, and DynamoDB behind them if it is."""

    clock: FakeClock
    connections: Connections
    feeds: Feeds
    dynamodb: Any = None

    def items(self, table: str) -> list[dict[str, Any]]:
        return list(self.dynamodb.scan(TableName=f"orderbus-test-notifications-{table}")["Items"])


def on_dynamodb() -> Ports:
    client, clock = boto3.client("dynamodb", "eu-central-1"), FakeClock()
    tables = [create(client, "notifications", name) for name in ("ConnectionsTable", "FeedsTable")]
    connections = DynamoConnections(client, tables[0], clock)
    return Ports(clock, connections, DynamoFeeds(client, tables[1], clock), client)


def in_memory() -> Ports:
    clock = FakeClock()
    return Ports(clock, FakeConnections(clock), FakeFeeds())


@pytest.fixture(params=["memory", "dynamodb"])
def ports(request: pytest.FixtureRequest) -> Iterator[Ports]:
    if request.param == "memory":
        yield in_memory()
        return
    with mock_aws():
        yield on_dynamodb()


@pytest.fixture
def real() -> Iterator[Ports]:
    with mock_aws():
        yield on_dynamodb()


def test_a_connection_follows_what_was_added_until_it_is_removed(ports: Ports) -> None:
    ports.connections.opened("c")
    for feed in (ORDER, APPLES, OPERATIONS, ORDER):
        ports.connections.add("c", feed)
    ports.connections.remove("c", APPLES)
    assert ports.connections.closed("c") == {ORDER, OPERATIONS}
    assert ports.connections.closed("c") == frozenset()


def test_a_connection_that_was_never_opened_or_is_closed_follows_nothing(ports: Ports) -> None:
    with pytest.raises(GoneError):
        ports.connections.add("c", ORDER)
    ports.connections.remove("c", ORDER)
    ports.connections.opened("c")
    ports.connections.closed("c")
    with pytest.raises(GoneError):
        ports.connections.add("c", ORDER)
    assert ports.connections.closed("c") == frozenset()


def test_a_connection_follows_so_much_and_no_more(ports: Ports) -> None:
    ports.connections.opened("c")
    for number in range(MOST_FEEDS):
        ports.connections.add("c", Feed(Kind.PRODUCT, str(number)))
    with pytest.raises(TooManyError):
        ports.connections.add("c", ORDER)
    ports.connections.add("c", Feed(Kind.PRODUCT, "0"))  # it follows that already
    ports.connections.remove("c", Feed(Kind.PRODUCT, "0"))
    ports.connections.add("c", ORDER)


def test_a_connection_is_idle_until_it_follows_something(ports: Ports) -> None:
    for name in ("idle", "busy"):
        ports.connections.opened(name)
    ports.connections.add("busy", ORDER)
    assert list(ports.connections.idle(ports.clock())) == []
    ports.clock.forward(60)
    assert list(ports.connections.idle(ports.clock())) == ["idle"]
    ports.connections.remove("busy", ORDER)
    assert list(ports.connections.idle(ports.clock())) == ["idle"]
    ports.connections.closed("idle")
    assert list(ports.connections.idle(ports.clock())) == []


def test_what_nobody_closed_is_litter_for_the_table_in_three_hours(real: Ports) -> None:
    real.connections.opened("c")
    real.feeds.follow(APPLES, "c")
    for table, stored in (("ConnectionsTable", "connections"), ("FeedsTable", "feeds")):
        lifetime = resources("notifications", "AWS::DynamoDB::Table")[table]["Properties"][
            "TimeToLiveSpecification"
        ]
        (item,) = real.items(stored)
        assert lifetime["Enabled"]
        assert int(item[lifetime["AttributeName"]]["N"]) == NOON.timestamp() + 3 * 3600


def test_a_connection_that_is_removed_from_leaves_no_trace(real: Ports) -> None:
    real.connections.remove("c", ORDER)
    assert real.items("connections") == []


def test_a_product_has_followers_before_and_after_it_is_announced(ports: Ports) -> None:
    assert ports.feeds.product("A") == (None, frozenset())
    ports.feeds.follow(APPLES, "c")
    assert ports.feeds.product("A") == (None, {"c"})
    ports.feeds.announce(product(1))
    ports.feeds.follow(APPLES, "d")
    assert ports.feeds.product("A") == (product(1), {"c", "d"})
    for connection in ("c", "nobody"):
        ports.feeds.unfollow(APPLES, connection)
    assert ports.feeds.product("A") == (product(1), {"d"})
    assert ports.feeds.product("B") == (None, frozenset())


def test_only_the_newest_version_of_a_product_is_kept_and_says_whether_it_turned(
    ports: Ports,
) -> None:
    seen = [
        ports.feeds.announce(product(version, available))
        for version, available in ((2, 0), (4, 3), (3, 0), (4, 3), (5, 2), (4, 3), (2, 0), (6, 0))
    ]
    assert seen == [
        Announced(is_newest=True, turned=False),  # nobody knew it before
        Announced(is_newest=True, turned=True),
        Announced(is_newest=False, turned=False),
        Announced(is_newest=True, turned=True),
        Announced(is_newest=True, turned=False),
        Announced(is_newest=False, turned=True),  # old news, but the turn may be untold
        Announced(is_newest=False, turned=False),
        Announced(is_newest=True, turned=True),
    ]
    assert ports.feeds.product("A")[0] == product(6, 0)


def test_of_two_announcements_at_once_the_newer_one_stays(
    real: Ports, monkeypatch: pytest.MonkeyPatch
) -> None:
    feeds = real.feeds
    assert isinstance(feeds, DynamoFeeds)
    put: Callable[..., None] = feeds._put  # noqa: SLF001 - where the other one comes between

    def overtaken(known: Product, **more: int) -> None:
        monkeypatch.setattr(feeds, "_put", put)
        feeds.announce(product(9))
        put(known, **more)

    monkeypatch.setattr(feeds, "_put", overtaken)
    assert feeds.announce(product(8)) == Announced(is_newest=False, turned=False)
    assert feeds.product("A")[0] == product(9)


def test_operators_are_known_within_some_seconds(ports: Ports) -> None:
    assert ports.feeds.operators() == frozenset()
    ports.feeds.follow(OPERATIONS, "o")
    ports.clock.forward(adapter.OPERATORS_KEPT.total_seconds() + 1)
    assert ports.feeds.operators() == {"o"}
    ports.feeds.unfollow(OPERATIONS, "o")
    ports.clock.forward(adapter.OPERATORS_KEPT.total_seconds() + 1)
    assert ports.feeds.operators() == frozenset()


def test_operators_are_not_looked_up_at_each_push(real: Ports) -> None:
    calls: list[str] = []
    real.dynamodb.meta.events.register(
        "before-call.dynamodb.Query", lambda **_: calls.append("query")
    )
    for _ in range(20):
        real.feeds.operators()
    assert len(calls) == 1


def test_nothing_is_written_on_behalf_of_a_replayed_event(real: Ports) -> None:
    real.connections.opened("c")
    with replay.handling("drill"):
        with pytest.raises(ReplayRefusedError):
            real.feeds.announce(product(1))
        with pytest.raises(ReplayRefusedError):
            real.connections.add("c", ORDER)
    assert real.items("feeds") == []


ANNOUNCEMENTS = st.lists(st.tuples(st.integers(1, 5), st.sampled_from([None, 0, 3])), max_size=8)


@settings(max_examples=25, deadline=None)
@given(ANNOUNCEMENTS)
def test_the_fake_keeps_products_as_dynamodb_does(schedule: list[tuple[int, int | None]]) -> None:
    with mock_aws():
        both = (in_memory().feeds, on_dynamodb().feeds)
        for version, available in schedule:
            first, second = (feeds.announce(product(version, available)) for feeds in both)
            assert first == second
        assert both[0].product("A") == both[1].product("A")
