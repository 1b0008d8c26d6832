"""EventBridge's patterns, matched by moto's matcher behind this one adapter.

moto's matcher passed AWS's published examples; it is internal to moto, so that nobody but this
module may know of it. https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-event-patterns.html
"""

import json
from typing import TYPE_CHECKING, Any

from moto.events.models import EventPattern

if TYPE_CHECKING:
    from simulator.aws.events import Event

_HEAD = {"source", "detail-type", "replay-name"}


def matches(pattern: dict[str, Any], event: Any) -> bool:  # noqa: ANN401 - any event
    """Answers whether a rule with this pattern takes the event."""
    return bool(EventPattern.load(json.dumps(pattern)).matches_event(event))


def _looks_at(pattern: dict[str, Any]) -> set[str]:
    """Answers the top-level fields of an event that a pattern looks at."""
    fields = set(pattern) - {"$or"}
    for alternative in pattern.get("$or", ()):
        fields |= _looks_at(alternative)
    return fields


class Pattern:
    """A rule's pattern; one that looks at an event's head alone answers from memory."""

    def __init__(self, pattern: dict[str, Any]) -> None:
        self._pattern = EventPattern.load(json.dumps(pattern))
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
        return bool(self._pattern.matches_event(fields))
