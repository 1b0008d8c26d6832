"""What an order is told, beside the events of its segments."""

from dataclasses import dataclass
from datetime import timedelta

from shared.events import Envelope, OrderLine
from shared.ids import TransactionId, command_id
from shared.money import Money


@dataclass(frozen=True)
class PlaceOrder:
    """A checkout that was found good and priced."""

    transaction_id: TransactionId
    lines: tuple[OrderLine, ...]
    total: Money
    payment_method: str
    customer_reference: str | None
    email: str | None
    fingerprint: str
    required_segments: tuple[str, ...]
    deadline_in: timedelta

    @property
    def cause(self) -> str:
        """The command's id: a transaction is placed once."""
        return command_id(self.transaction_id, "place")


@dataclass(frozen=True)
class CancelOrder:
    """The shopper calls the order off."""

    transaction_id: TransactionId

    @property
    def cause(self) -> str:
        """The command's id: a transaction is called off once."""
        return command_id(self.transaction_id, "cancel")


@dataclass(frozen=True)
class SweepDue:
    """It is time to look after an order that isn't settled."""

    transaction_id: TransactionId

    @property
    def cause(self) -> str:
        """What a rejection by the deadline is caused by, whichever sweep sees to it."""
        return command_id(self.transaction_id, "deadline")


@dataclass(frozen=True)
class SweepTold:
    """What the sweep had to tell of an order is accepted by the bus."""

    transaction_id: TransactionId


Message = PlaceOrder | CancelOrder | SweepDue | SweepTold | Envelope
