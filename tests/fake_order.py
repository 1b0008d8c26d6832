"""An order of the fake shop: its story, and how far it has come."""

import asyncio
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

STORY = (
    ("PENDING", {"order": "placed"}),
    ("PENDING", {"order": "placed", "inventory": "reserved"}),
    ("PENDING", {"order": "placed", "inventory": "reserved", "payments": "authorized"}),
    ("CONFIRMED", {"order": "confirmed", "inventory": "reserved", "payments": "authorized"}),
    ("CONFIRMED", {"order": "confirmed", "inventory": "committed", "payments": "authorized"}),
    ("CONFIRMED", {"order": "confirmed", "inventory": "committed", "payments": "captured"}),
)


@dataclass
class FakeOrder:
    """One order, its whole story, and how far it is told."""

    transaction_id: str
    token: str
    reached: int = 0
    times: list[str] = field(default_factory=list)
    moved: asyncio.Event = field(default_factory=asyncio.Event)

    def at(self, sequence: int, after: int) -> dict[str, Any]:
        """Answers the update at a sequence."""
        segments: dict[str, dict[str, str]] = {}
        status = "ACCEPTED"
        for (status, states), at in zip(STORY[:sequence], self.times, strict=False):  # noqa: B007
            segments |= {
                name: {"state": state, "at": at}
                for name, state in states.items()
                if segments.get(name, {}).get("state") != state
            }
        return {
            "transaction_id": self.transaction_id,
            "from_sequence": min(after, sequence),
            "sequence": sequence,
            "status": status,
            "final": sequence == len(STORY),
            "segments": segments,
            "failures": [],
        }

    def story(self, after: int = 0) -> list[dict[str, Any]]:
        """Answers every step after a sequence."""
        return [self.at(sequence, sequence - 1) for sequence in range(after + 1, len(STORY) + 1)]

    def advance(self, steps: int) -> None:
        """Lets so many steps happen."""
        self.reached = min(len(STORY), self.reached + steps)
        self.times += [datetime.now(UTC).isoformat()] * (self.reached - len(self.times))
        self.moved.set()
        self.moved = asyncio.Event()
