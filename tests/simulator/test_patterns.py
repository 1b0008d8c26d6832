"""The simulator's matcher of patterns does what EventBridge's documentation says."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pattern_examples import EXAMPLES, Example

from shared.events import CATALOGUE, SOURCE_PREFIX
from simulator import stacks
from simulator.aws.errors import UnsupportedError
from simulator.aws.events import Event
from simulator.aws.patterns import Pattern, matches

OURS = [
    dict(resource.properties["EventPattern"])
    for resource in stacks.of_type("AWS::Events::Rule", "AWS::Events::Archive")
]
OTHERS: list[dict[str, Any]] = [
    {"source": [{"anything-but": "orderbus.orders"}], "replay-name": [{"exists": True}]},
    {"$or": [{"source": ["orderbus.orders"]}, {"detail-type": [{"suffix": "ed"}]}]},
    {"detail-type": [{"wildcard": "Order*"}], "detail": {"data": {"count": [1, 2]}}},
    {"$or": [{"replay-name": ["drill"]}, {"detail": {"data": {"count": [{"numeric": [">", 1]}]}}}]},
    {"account": ["000000000000"], "time": [{"prefix": "2026-"}]},
]


@pytest.mark.parametrize("example", EXAMPLES, ids=lambda example: example.name)
def test_a_documented_pattern_takes_what_it_is_documented_to_take(example: Example) -> None:
    pattern = {"detail": example.pattern}
    assert all(matches(pattern, {"detail": detail}) for detail in example.taken)
    assert not any(matches(pattern, {"detail": detail}) for detail in example.left)


def test_an_event_that_is_not_replayed_has_no_replay_name() -> None:
    live = {"replay-name": [{"exists": False}]}
    assert matches(live, {"source": "s", "detail": {}})
    assert not matches(live, {"source": "s", "detail": {}, "replay-name": "drill"})


events = st.builds(
    Event,
    id=st.just("event-1"),
    source=st.sampled_from([*(SOURCE_PREFIX + service for service in CATALOGUE), "aws.s3"]),
    detail_type=st.sampled_from(
        sorted({model.detail_type() for models in CATALOGUE.values() for model in models})
    ),
    time=st.just("2026-01-05T09:00:00Z"),
    detail=st.sampled_from(['{"data": {"count": 1}}', '{"data": {"count": 3}}', "{}"]),
    at=st.just(0.0),
    replay_name=st.sampled_from([None, "drill", "other"]),
)


@given(events=st.lists(events, max_size=20))
def test_a_pattern_that_remembers_answers_as_one_that_does_not(events: list[Event]) -> None:
    for pattern in OURS + OTHERS:
        remembering = Pattern(pattern)
        for event in events:
            assert remembering.matches(event) == matches(pattern, event.fields())


def test_our_own_patterns_are_answered_from_memory(monkeypatch: pytest.MonkeyPatch) -> None:
    event = Event("1", "orderbus.orders", "OrderPlaced", "2026-01-05T09:00:00Z", "{}", 0.0)
    ours = [Pattern(pattern) for pattern in OURS]
    before = [pattern.matches(event) for pattern in ours]
    monkeypatch.delattr(Event, "fields")
    assert [pattern.matches(event) for pattern in ours] == before


@pytest.mark.parametrize(
    "pattern",
    [
        {"source": [{"begins-with": "orderbus."}]},
        {"source": [{"prefix": "orderbus.", "suffix": "s"}]},
        {"$or": [{"source": [{"regex": ".*"}]}]},
        {"detail": {"name": [{"equals": "a"}]}},
    ],
    ids=str,
)
def test_an_unknown_operator_is_refused(pattern: dict[str, Any]) -> None:
    with pytest.raises(UnsupportedError):
        Pattern(pattern)
    with pytest.raises(UnsupportedError):
        matches(pattern, {"source": "orderbus.orders", "detail": {"name": "a"}})


@pytest.mark.parametrize(
    ("pattern", "detail"),
    [
        ({"lines": {"sku": ["A"]}}, {"lines": [{"sku": "A"}]}),
        ({"count": [1]}, {"count": True}),
        ({"flag": [True]}, {"flag": [1]}),
        ({"$or": [{"flag": [False]}]}, {"flag": 0}),
    ],
    ids=str,
)
def test_an_event_that_the_matcher_takes_for_another_is_refused(
    pattern: dict[str, Any], detail: dict[str, Any]
) -> None:
    # EventBridge looks into arrays of objects and tells truth values from numbers; moto doesn't.
    with pytest.raises(UnsupportedError):
        matches({"detail": pattern}, {"detail": detail})
