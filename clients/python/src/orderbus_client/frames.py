"""The frames of the WebSocket: what is sent, and what arrives."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

Topic = tuple[str, str]
"""What is followed: ("transaction_id", id), ("product", sku) or ("operations", "")."""

OPERATIONS: Topic = ("operations", "")
PING = '{"action": "ping"}'


@dataclass(frozen=True)
class Frame:
    """One frame about one topic; `body` is the whole frame."""

    type: str
    topic: Topic
    body: Mapping[str, Any]


def naming(topic: Topic) -> dict[str, object]:
    """Answers the fields that name a topic in a frame."""
    kind, name = topic
    return {kind: True if topic == OPERATIONS else name}


def subscribe(topic: Topic, details: Mapping[str, object]) -> str:
    """Answers the frame that asks for a topic."""
    return json.dumps({"action": "subscribe", **naming(topic), **details})


def unsubscribe(topic: Topic) -> str:
    """Answers the frame that gives a topic up."""
    return json.dumps({"action": "unsubscribe", **naming(topic)})


def read(message: str | bytes) -> Frame | None:
    """Answers the frame; None for one that is about no topic (a pong, or what newer stages say)."""
    try:
        body = json.loads(message)
    except ValueError:
        return None
    if not isinstance(body, dict):
        return None
    topic = _topic(body)
    return Frame(str(body.get("type")), topic, body) if topic else None


def _topic(body: dict[str, Any]) -> Topic | None:
    match body:
        case {"update": {"transaction_id": str(name), "sequence": int()}}:
            return ("transaction_id", name)
        case {"transaction_id": str(name)}:
            return ("transaction_id", name)
        case {"product": {"sku": str(name), "version": int()}} | {"product": str(name)}:
            return ("product", name)
        case {"operations": True} | {"type": "events", "events": list()}:
            return OPERATIONS
        case _:
            return None
