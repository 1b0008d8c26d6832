"""Matches events against EventBridge rule patterns with moto's matcher, behind one function."""

import json
from typing import Any

from moto.events.models import EventPattern


def matches(pattern: dict[str, Any], event: dict[str, Any]) -> bool:
    """Answers whether a rule with this pattern takes the event.

    https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-event-patterns.html
    """
    return bool(EventPattern.load(json.dumps(pattern)).matches_event(event))
