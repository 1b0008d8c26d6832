"""What an update costs is what the service's page says: the calls are counted on moto."""

import json
import re
from collections import Counter
from collections.abc import Callable, Iterator

import pytest
from events import confirmed, placed
from fakes_shared import TRANSACTION
from notifications_stage import Stage, body_of, stage
from project import folder
from told import AUTHORIZED, CAPTURED, COMMITTED, RESERVED

from notifications.handlers import get_steps

PAGE = (folder("notifications") / "README.md").read_text()
KEPT = {"ssm:GetParameter", "dynamodb:Query"}
"""What is kept for a while and no part of any one update: keys and receivers, operators."""
STORY = (placed(("A", 1)), RESERVED, AUTHORIZED, confirmed(), COMMITTED, CAPTURED)


@pytest.fixture
def world(monkeypatch: pytest.MonkeyPatch) -> Iterator[Stage]:
    with stage(monkeypatch) as made:
        yield made


def _said() -> dict[str, Counter[str]]:
    """Answers the page's calls by what they are for."""
    table = PAGE.split("## What an update costs")[1].split("\n## ")[0]
    rows = re.findall(r"^\| ([\w' ,-]+) \| (.*?) \|$", table, re.MULTILINE)
    return {what: _calls(cell) for what, cell in rows[2:]}


def _calls(cell: str) -> Counter[str]:
    named = re.findall(r"(?:(\d+) x )?`([\w-]+:\w+)`", cell)
    return Counter({call: int(times or 1) for times, call in named})


def _counted(world: Stage) -> Counter[str]:
    return Counter({call: n for call, n in world.calls_of().items() if call not in KEPT})


def _follow(world: Stage, connection_id: str) -> None:
    world.connect(connection_id)
    about = {"transaction_id": TRANSACTION, "token": world.token()}
    world.say(connection_id, action="subscribe", **about)


def _after(world: Stage, *doings: Callable[[], object]) -> Counter[str]:
    """Answers the calls of the last of these."""
    for doing in doings:
        world.calls_of()
        doing()
    return _counted(world)


def _hear(world: Stage, *numbers: int) -> Callable[[], object]:
    return lambda: world.deliver(*(body_of(STORY[number]) for number in numbers))


def _journalled(world: Stage) -> Counter[str]:
    return _after(world, _hear(world, 0), world.push, _hear(world, 1))


def _again(world: Stage) -> Counter[str]:
    return _after(world, _hear(world, 0), _hear(world, 0))


def _pushed(world: Stage) -> Counter[str]:
    return _after(world, _hear(world, 0), world.push, _hear(world, 1), world.push)


def _burst(world: Stage) -> Counter[str]:
    return _after(world, _hear(world, 0), world.push, _hear(world, 1, 2), world.push)


def _follower(world: Stage) -> Counter[str]:
    for name in ("a", "b", "c"):
        _follow(world, name)
    world.push()
    three = _pushed(world)
    assert three["apigatewaymanagementapi:PostToConnection"] == 3
    return Counter({"apigatewaymanagementapi:PostToConnection": 1})


def _changed(world: Stage) -> Counter[str]:
    both = _after(world, _hear(world, 0), world.push)
    return both - _said()["a push of an order"]


def _receiver(world: Stage) -> Counter[str]:
    receivers = [
        {"id": name, "url": "https://r.example", "secrets": ["whsec_MTIz"]} for name in ("r", "s")
    ]
    world.ssm.put_parameter(
        Name="/receivers", Value=json.dumps({"receivers": receivers}), Type="SecureString"
    )
    two = _changed(world) - _said()["a change of status or finality"]
    assert all(times % 2 == 0 for times in two.values())
    return Counter({call: times // 2 for call, times in two.items()})


def _opened(world: Stage) -> Counter[str]:
    return _after(world, lambda: world.connect("c"))


def _subscribed(world: Stage) -> Counter[str]:
    world.connect("c")
    about = {"transaction_id": TRANSACTION, "token": world.token()}

    def subscribe() -> None:
        world.say("c", action="subscribe", **about)
        world.push()

    return _after(world, _hear(world, 0), world.push, subscribe)


def _closed(world: Stage) -> Counter[str]:
    _follow(world, "c")
    return _after(world, lambda: world.disconnect("c"))


def _polled(world: Stage) -> Counter[str]:
    return _after(world, _hear(world, 0), world.ask)


def _stepped(world: Stage) -> Counter[str]:
    return _after(world, _hear(world, 0), lambda: world.request(get_steps.handler))


MEASURES: dict[str, Callable[[Stage], Counter[str]]] = {
    "an event that is journalled": _journalled,
    "an event that comes again": _again,
    "a push of an order": _pushed,
    "a burst of several events": _burst,
    "each follower of a push": _follower,
    "a change of status or finality": _changed,
    "each receiver of a change": _receiver,
    "a connection that is opened": _opened,
    "an order that is subscribed to": _subscribed,
    "a connection that is closed": _closed,
    "an answer to polling": _polled,
    "a page of steps": _stepped,
}


def test_the_page_counts_everything_that_is_measured_and_nothing_else() -> None:
    assert list(_said()) == list(MEASURES)


@pytest.mark.parametrize("what", MEASURES)
def test_what_an_update_costs_is_what_the_page_says(world: Stage, what: str) -> None:
    assert MEASURES[what](world) == _said()[what]


def test_what_is_kept_for_a_while_is_read_once(world: Stage) -> None:
    _follow(world, "c")
    for number in range(len(STORY)):
        world.deliver(body_of(STORY[number]))
        world.push()
    calls = world.calls_of()
    assert calls["ssm:GetParameter"] == 2  # the keys of tokens, and that there are no receivers
    assert calls["dynamodb:Query"] == 1


def test_an_order_is_as_large_as_the_page_says(world: Stage) -> None:
    _follow(world, "c")
    for number in range(len(STORY)):
        world.deliver(body_of(STORY[number]))
    (item,) = world.items("journal")
    size = sum(len(name) + _size(value) for name, value in item.items())
    said = re.search(r"an order of six events is an item of (\d\.\d) KB", PAGE)
    assert said is not None
    assert round(size / 1024, 1) == float(said[1])


def _size(value: dict[str, object]) -> int:
    """Answers the bytes of an attribute as DynamoDB counts them, but for a few per element.

    https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/CapacityUnitCalculations.html
    """
    ((kind, content),) = value.items()
    if kind == "L":
        return sum(_size(element) for element in content)  # type: ignore[attr-defined]
    if kind == "SS":
        return sum(map(len, content))  # type: ignore[call-overload]
    return len(str(content).encode())
