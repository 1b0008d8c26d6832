"""What the simulator finds."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Violation:
    """A promise that was broken, of one order or of all."""

    promise: str
    detail: str
    transaction_id: str | None = None

    def __str__(self) -> str:
        return f"{self.promise}: {self.detail} ({self.transaction_id or 'no order'})"
