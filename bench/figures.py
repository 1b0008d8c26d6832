"""Figures of a run: what is written to its JSON file and printed as a table."""

import statistics
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from followers import Seen

PERCENTILES = (50, 95, 99)
TIMES = ("connect", "acknowledgement", "subscribe", "checkout_to_final")
COUNTED = (
    "connections_open_at_the_end",
    "frames",
    "frames_that_went_backwards",
    "frames_that_came_twice",
    "busy_answers",
    "total_seconds",
)
LISTED = 20
"""Failures that are written out; the rest is counted."""


@dataclass(frozen=True)
class Lost:
    """An order that was not followed to its end, and how the order itself fared."""

    transaction_id: str
    why: str
    seen: int
    reached: int | None
    final: bool | None


def of(followers: Sequence[Seen], lost: Sequence[Lost]) -> dict[str, object]:
    """Answers what all followers saw, taken together; times are in seconds."""
    times = {
        name: spread(value for each in followers if (value := getattr(each, name)) is not None)
        for name in TIMES
    }
    ages = spread(age for each in followers for age in each.event_to_frame)
    return {
        "orders": len(followers),
        "followed_to_the_end": sum(each.final for each in followers),
        "lost": {
            "connection_or_refusal": sum(each.error is not None for each in followers),
            "order_final_but_not_told": sum(each.final is True for each in lost),
            "order_not_final_in_time": sum(each.final is False for each in lost),
            "first": [vars(each) for each in lost[:LISTED]],
        },
        "frames": sum(len(each.sequences) for each in followers),
        "frames_that_went_backwards": sum(each.backwards for each in followers),
        "frames_that_came_twice": sum(each.repeated for each in followers),
        "busy_answers": sum(each.busy for each in followers),
        "updates_per_order": _counts([len(each.sequences) for each in followers]),
        "steps_per_order": _counts([max(each.sequences, default=0) for each in followers]),
        "seconds": {**times, "event_to_frame": ages},
    }


def spread(values: Iterable[float]) -> dict[str, float | int]:
    """Answers how many values there are, their percentiles (nearest rank) and the largest."""
    ordered = sorted(values)
    if not ordered:
        return {"count": 0}
    ranks = {f"p{p}": ordered[max(0, -(-p * len(ordered) // 100) - 1)] for p in PERCENTILES}
    largest = {"max": ordered[-1]}
    return {"count": len(ordered)} | {
        name: round(value, 4) for name, value in (ranks | largest).items()
    }


def table(result: dict[str, Any]) -> str:
    """Answers the figures as people read them."""
    rows = dict([*_rows(result), *_lost_rows(result["lost"])])
    width = max(map(len, rows))
    return "".join(f"{name:<{width}}  {value}\n" for name, value in rows.items())


def _rows(result: dict[str, Any]) -> Iterator[tuple[str, object]]:
    yield "followed to the end", f"{result['followed_to_the_end']} of {result['orders']}"
    for name in COUNTED:
        yield name, result[name]
    for name in ("updates_per_order", "steps_per_order"):
        yield name, _words(result[name])
    for name, found in result["seconds"].items():
        yield f"{name} (s)", _words(found)
    yield "the stack's peak", _words(result["stack"] or {"unknown": ""})
    obtained = result["obtained"]
    yield "load before, after", f"{obtained['load_before']}, {obtained['load_after']}"


def _lost_rows(lost: dict[str, Any]) -> Iterator[tuple[str, object]]:
    for name, count in lost.items():
        if name != "first" and count:
            yield name, count
    for each in lost["first"]:
        yield each["transaction_id"], each["why"]


def _words(figures: dict[str, object]) -> str:
    return ", ".join(f"{name.replace('_', ' ')} {figure}" for name, figure in figures.items())


def _counts(counts: Sequence[int]) -> dict[str, float]:
    if not counts:
        return {}
    return {"least": min(counts), "mean": round(statistics.mean(counts), 2), "most": max(counts)}
