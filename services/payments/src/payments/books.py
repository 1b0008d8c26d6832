"""The sandbox provider's books: what it writes down of each payment."""

from enum import StrEnum

from pydantic import AwareDatetime

from payments.switches import Authorizing
from shared.history import Record
from shared.ids import TransactionId

PREFIX = "pm_sandbox_"


class State(StrEnum):
    """Where a payment stands in the provider's books."""

    DOWN = "down"
    """No payment yet: the provider was out of order when it was asked."""
    PENDING = "pending"
    ACTION_REQUIRED = "action_required"
    AUTHORIZED = "authorized"
    DECLINED = "declined"
    CAPTURED = "captured"
    VOIDED = "voided"
    REFUNDED = "refunded"


HELD_ONCE = {State.AUTHORIZED, State.CAPTURED, State.REFUNDED}
"""What became of payments that were authorized, as far as that can be told afterwards."""


class Entry(Record):
    """One payment in the provider's books."""

    pk: str
    """`payment#<authorization id>`, or `outage#<authorization id>` before there is one."""
    transaction_id: TransactionId
    status: State
    amount: int
    currency: str
    payment_method: str
    ready_at: AwareDatetime
    """When the provider has, or will have, its answer."""
    switched: Authorizing | None = None
    """The switch that was on when it began; None: it goes by its payment method."""
    capture_refused: bool = False
    """Its capture was refused, and will be however often it is asked for."""
    action_id: str | None = None
    """What opens its page at the bank; None: the shopper was never sent there."""

    @property
    def authorization_id(self) -> str:
        """What the payment is called outside of the books."""
        return self.pk.removeprefix("payment#")

    @property
    def authorizes_as(self) -> str:
        """The payment method by which it is authorized."""
        return self.payment_method if self.switched is None else f"{PREFIX}{self.switched}"
