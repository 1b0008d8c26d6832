"""EventBridge's documented examples of patterns, each with an event that it takes or leaves.

https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-create-pattern-operators.html
https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-event-patterns-arrays.html
"""

from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class Example:
    """A pattern of an event's detail, what it takes and what it leaves."""

    name: str
    pattern: dict[str, Any]
    taken: tuple[dict[str, Any], ...]
    left: tuple[dict[str, Any], ...]


COMPLEX = {
    "time": [{"prefix": "2017-10-02"}],
    "state": [{"anything-but": "initializing"}],
    "c-count": [{"numeric": [">", 0, "<=", 5]}],
    "d-count": [{"numeric": ["<", 10]}],
    "x-limit": [{"anything-but": [100, 200, 300]}],
}
TAKEN = {"time": "2017-10-02T15:00:00Z", "state": "on", "c-count": 5, "d-count": 9, "x-limit": 150}
EITHER = {
    "$or": [
        {"c-count": [{"numeric": [">", 0, "<=", 5]}]},
        {"d-count": [{"numeric": ["<", 10]}]},
        {"x-limit": [{"numeric": ["=", 3.018e2]}]},
    ]
}

EXAMPLES = (
    Example("equals", {"name": ["Alice"]}, ({"name": "Alice"},), ({"name": "alice"}, {})),
    Example("one of", {"name": ["A", "B"]}, ({"name": "B"},), ({"name": "C"},)),
    Example("empty", {"name": [""]}, ({"name": ""},), ({"name": None}, {"name": "a"})),
    Example("null", {"name": [None]}, ({"name": None},), ({"name": ""}, {"name": "null"}, {})),
    Example(
        "equals, in any case",
        {"state": [{"equals-ignore-case": "Running Now"}]},
        ({"state": "running now"}, {"state": "RUNNING NOW"}),
        ({"state": "running"},),
    ),
    Example(
        "prefix",
        {"region": [{"prefix": "us-"}]},
        ({"region": "us-east-1"},),
        ({"region": "eu-us-1"}, {"region": "US-east-1"}, {}),
    ),
    Example(
        "prefix, in any case",
        {"service": [{"prefix": {"equals-ignore-case": "EventB"}}]},
        ({"service": "eventbridge"}, {"service": "EVENTBRIDGE"}),
        ({"service": "bridge"},),
    ),
    Example(
        "suffix",
        {"file": [{"suffix": ".png"}]},
        ({"file": "a.png"},),
        ({"file": "a.png.txt"}, {"file": "a.PNG"}),
    ),
    Example(
        "suffix, in any case",
        {"file": [{"suffix": {"equals-ignore-case": ".png"}}]},
        ({"file": "a.PNG"},),
        ({"file": "a.jpg"},),
    ),
    Example(
        "wildcard",
        {"file": [{"wildcard": "dir/*.png"}]},
        ({"file": "dir/a.png"}, {"file": "dir/sub/a.png"}),
        ({"file": "a.png"}, {"file": "dir/a.jpg"}),
    ),
    Example(
        "wildcards",
        {"arn": [{"wildcard": "arn:aws:events:*:*:event-bus/*"}]},
        ({"arn": "arn:aws:events:us-east-1:1:event-bus/a"},),
        ({"arn": "arn:aws:sqs:us-east-1:1:event-bus/a"},),
    ),
    Example(
        "an escaped wildcard",
        {"file": [{"wildcard": "a\\*b"}]},
        ({"file": "a*b"},),
        ({"file": "axb"},),
    ),
    Example(
        "anything but",
        {"state": [{"anything-but": "initializing"}]},
        ({"state": "running"},),
        ({"state": "initializing"}, {}),
    ),
    Example(
        "anything but some",
        {"state": [{"anything-but": ["stopped", "overloaded"]}]},
        ({"state": "running"},),
        ({"state": "stopped"}, {"state": "overloaded"}),
    ),
    Example(
        "anything but some numbers",
        {"x-limit": [{"anything-but": [100, 200, 300]}]},
        ({"x-limit": 150},),
        ({"x-limit": 200},),
    ),
    Example(
        "anything but a prefix",
        {"state": [{"anything-but": {"prefix": "init"}}]},
        ({"state": "running"},),
        ({"state": "initializing"},),
    ),
    Example(
        "anything but prefixes",
        {"state": [{"anything-but": {"prefix": ["init", "error"]}}]},
        ({"state": "running"},),
        ({"state": "initializing"}, {"state": "error 5"}),
    ),
    Example(
        "anything but suffixes",
        {"file": [{"anything-but": {"suffix": [".txt", ".rtf"]}}]},
        ({"file": "a.png"},),
        ({"file": "a.txt"}, {"file": "a.rtf"}),
    ),
    Example(
        "anything but, in any case",
        {"state": [{"anything-but": {"equals-ignore-case": ["initializing", "stopped"]}}]},
        ({"state": "running"},),
        ({"state": "INITIALIZING"}, {"state": "Stopped"}),
    ),
    Example(
        "anything but a wildcard",
        {"file": [{"anything-but": {"wildcard": "*/lib/*"}}]},
        ({"file": "a/bin/b"},),
        ({"file": "a/lib/b"},),
    ),
    Example(
        "a number",
        {"price": [{"numeric": ["=", 100]}]},
        ({"price": 100}, {"price": 100.0}),
        ({"price": 101}, {"price": "100"}),
    ),
    Example(
        "a range",
        {"price": [{"numeric": [">", 10, "<=", 20]}]},
        ({"price": 20}, {"price": 10.5}),
        ({"price": 10}, {"price": 21}),
    ),
    Example(
        "an address",
        {"source-ip": [{"cidr": "10.0.0.0/24"}]},
        ({"source-ip": "10.0.0.255"},),
        ({"source-ip": "10.0.1.0"}, {"source-ip": "here"}),
    ),
    Example(
        "exists", {"name": [{"exists": True}]}, ({"name": "a"}, {"name": None}), ({"other": "a"},)
    ),
    Example("exists not", {"name": [{"exists": False}]}, ({"other": "a"},), ({"name": "a"},)),
    Example(
        "an array of the event's",
        {"tags": ["a", "b"]},
        ({"tags": ["x", "b"]},),
        ({"tags": ["x", "y"]}, {"tags": []}),
    ),
    Example(
        "an operator on an array of the event's",
        {"tags": [{"prefix": "b"}]},
        ({"tags": ["x", "bus"]},),
        ({"tags": ["x", "y"]},),
    ),
    Example(
        "literals and operators",
        {"state": ["stopped", {"prefix": "run"}]},
        ({"state": "running"}, {"state": "stopped"}),
        ({"state": "initializing"},),
    ),
    Example(
        "nested",
        {"requester": {"address": {"city": ["Oslo"]}}},
        ({"requester": {"address": {"city": "Oslo", "zip": "1"}}},),
        ({"requester": {"city": "Oslo"}}, {"city": "Oslo"}),
    ),
    Example("all of them", COMPLEX, (TAKEN,), (TAKEN | {"c-count": 6}, TAKEN | {"x-limit": 100})),
    Example(
        "either",
        EITHER,
        ({"c-count": 5, "d-count": 10}, {"d-count": 9}, {"x-limit": 301.8}),
        ({"c-count": 0, "d-count": 10, "x-limit": 301}, {}),
    ),
    Example(
        "either, and more",
        {"state": ["on"], "$or": [{"name": ["a"]}, {"name": ["b"], "c-count": [1]}]},
        ({"state": "on", "name": "a"}, {"state": "on", "name": "b", "c-count": 1}),
        ({"state": "off", "name": "a"}, {"state": "on", "name": "b", "c-count": 2}),
    ),
)
