"""A payment: an order's money at the provider, and what became of it."""

from datetime import timedelta
from enum import StrEnum

from pydantic import AwareDatetime

from shared.events import Contract
from shared.history import History, Record
from shared.ids import TransactionId
from shared.money import Money

LEASE = timedelta(seconds=30)
"""Twice a function's life: after it no worker can still be at a call, and any may take over."""
KEY_LIFETIME = timedelta(hours=23)
"""Providers forget idempotency keys after a day; an older unknown outcome is looked up instead."""


class Operation(StrEnum):
    """What the provider is asked to do; each with one idempotency key per transaction."""

    AUTHORIZE = "authorize"
    CAPTURE = "capture"
    VOID = "void"
    REFUND = "refund"
    LOOKUP = "lookup"
    """Changes nothing: what is the provider's own state of this payment?"""


class Status(StrEnum):
    """Where a payment stands; one that ends in -ING waits for the provider's answer."""

    AUTHORIZING = "AUTHORIZING"
    ACTION_REQUIRED = "ACTION_REQUIRED"
    AUTHORIZED = "AUTHORIZED"
    DECLINED = "DECLINED"
    CAPTURING = "CAPTURING"
    CAPTURED = "CAPTURED"
    CAPTURE_FAILED = "CAPTURE_FAILED"
    VOIDING = "VOIDING"
    VOIDED = "VOIDED"
    """Nothing is held; also where the verdict came before the order (a tombstone)."""
    REFUNDING = "REFUNDING"
    REFUNDED = "REFUNDED"


OPERATION_OF = {
    Status.AUTHORIZING: Operation.AUTHORIZE,
    Status.CAPTURING: Operation.CAPTURE,
    Status.VOIDING: Operation.VOID,
    Status.REFUNDING: Operation.REFUND,
}
"""What the provider was asked in each status that waits for its answer."""


class Intent(Contract):
    """A call that was about to be made: committed before the provider hears of it."""

    operation: Operation
    cause: str
    """The event that asked for it."""
    at: AwareDatetime


class Answer(Contract):
    """What the provider answered, on record."""

    operation: Operation
    outcome: str
    code: str | None = None
    """Why the provider refused; None: it did not."""
    at: AwareDatetime


class Payment(Record):
    """A payment as last committed."""

    transaction_id: TransactionId
    status: Status
    amount: Money | None = None
    payment_method: str | None = None
    authorization_id: str | None = None
    intent: Intent | None = None
    verdict: str | None = None
    """The rejection or cancellation that came while a call was under way."""
    answers: tuple[Answer, ...] = ()
    history: History = ()

    @property
    def is_working(self) -> bool:
        """Whether the provider's answer is outstanding."""
        return self.status in OPERATION_OF
