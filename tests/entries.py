"""Entries of PutEvents, and what becomes of them."""

from datetime import UTC, datetime
from typing import Any

BUS = "bus"
TIME = datetime(2026, 1, 5, 9, tzinfo=UTC)


def entry(**changes: object) -> dict[str, Any]:
    """Answers an entry that is right but for these changes."""
    right = {
        "EventBusName": BUS,
        "Source": "orderbus.orders",
        "DetailType": "OrderPlaced",
        "Detail": '{"data": {"count": 1}}',
        "Time": TIME,
    }
    return right | changes


def codes(answer: dict[str, Any]) -> list[str | None]:
    """Answers each entry's error code; None: it was accepted."""
    return [result.get("ErrorCode") for result in answer["Entries"]]
