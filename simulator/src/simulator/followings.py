"""Connections that follow an order, as their clients see them."""

import json
from dataclasses import dataclass, field
from typing import Any

from simulator.aws.connections import Connection


@dataclass
class Following:
    """One connection that follows one order, and what it heard of it."""

    transaction_id: str
    updates: list[dict[str, Any]] = field(default_factory=list)
    connection: Connection | None = None

    @property
    def lasts(self) -> bool:
        """Whether the connection is still there."""
        return self.connection is not None and self.connection.is_alive

    @property
    def sequences(self) -> list[int]:
        """The sequences that it heard of, as they came."""
        return [update["sequence"] for update in self.updates]

    def hear(self, text: str) -> None:
        """Takes a frame; what is not an update says that something has to be tried again."""
        frame = json.loads(text)
        match frame.get("type"):
            case "update":
                self.updates.append(frame["update"])
            case "changed":
                self.updates.append(frame)
