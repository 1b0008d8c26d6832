"""EventBridge's patterns, matched by moto's matcher behind this one adapter.

moto's matcher passes AWS's published examples; it is internal to moto, so that nobody but this
module may know of it. Where it is known to answer wrongly, this module refuses to answer.
https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-create-pattern-operators.html
"""

import json
from typing import TYPE_CHECKING, Any

from moto.events.models import EventPattern

from simulator.aws.errors import UnsupportedError

if TYPE_CHECKING:
    from simulator.aws.events import Event

_HEAD = {"source", "detail-type", "replay-name"}
_OPERATORS = {
    "anything-but",
    "cidr",
    "equals-ignore-case",
    "exists",
    "numeric",
    "prefix",
    "suffix",
    "wildcard",
}


def matches(pattern: dict[str, Any], event: Any) -> bool:  # noqa: ANN401 - any event
    """Answers whether a rule with this pattern takes the event."""
    _check_event(pattern, event)
    return bool(_load(pattern).matches_event(event))


def _load(pattern: dict[str, Any]) -> EventPattern:
    _check(pattern)
    return EventPattern.load(json.dumps(pattern))


def _check(pattern: dict[str, Any]) -> None:
    """Refuses operators that moto would take for ones that everything matches."""
    for name, filters in pattern.items():
        for part in filters if isinstance(filters, list) else [filters]:
            if isinstance(part, dict) and (name == "$or" or not isinstance(filters, list)):
                _check(part)
            elif isinstance(part, dict) and (len(part) > 1 or not part.keys() <= _OPERATORS):
                raise UnsupportedError(f"the pattern's operator {part}")


def _check_event(pattern: dict[str, Any], event: Any) -> None:  # noqa: ANN401 - any event
    """Refuses events for which moto's answer differs from EventBridge's."""
    for name, filters in pattern.items():
        if name == "$or":
            for alternative in filters:
                _check_event(alternative, event)
            continue
        value = event.get(name)
        if isinstance(filters, dict):
            if isinstance(value, list):
                raise UnsupportedError(f"a pattern that looks into the array {name}")
            _check_event(filters, value if isinstance(value, dict) else {})
        elif any(_is_taken_for(part, value) for part in filters):
            raise UnsupportedError(f"a pattern that compares the numbers of {name} to truth values")


def _is_taken_for(part: Any, value: Any) -> bool:  # noqa: ANN401 - any JSON
    """Answers whether Python takes a truth value for a number."""
    values = value if isinstance(value, list) else [value]
    return any(part == one and isinstance(part, bool) != isinstance(one, bool) for one in values)


def _looks_at(pattern: dict[str, Any]) -> set[str]:
    """Answers the top-level fields of an event that a pattern looks at."""
    fields = set(pattern) - {"$or"}
    for alternative in pattern.get("$or", ()):
        fields |= _looks_at(alternative)
    return fields


class Pattern:
    """A rule's pattern; one that looks at an event's head alone answers from memory."""

    def __init__(self, pattern: dict[str, Any]) -> None:
        self._pattern = _load(pattern)
        self._raw = pattern
        self._by_head = _looks_at(pattern) <= _HEAD
        self._known: dict[tuple[str, str, str | None], bool] = {}

    def matches(self, event: "Event") -> bool:
        """Answers whether the pattern takes the event."""
        if not self._by_head:
            return self._matches(event)
        head = (event.source, event.detail_type, event.replay_name)
        known = self._known.get(head)
        if known is None:
            known = self._known[head] = self._matches(event)
        return known

    def _matches(self, event: "Event") -> bool:
        fields: Any = event.fields()
        _check_event(self._raw, fields)
        return bool(self._pattern.matches_event(fields))
