"""What a payment is told, and what a decision about it answers."""

from dataclasses import dataclass

from payments.domain.outcomes import Outcome
from payments.domain.payment import Operation, Payment
from shared.decision import Ignored
from shared.events import Envelope
from shared.ids import TransactionId


@dataclass(frozen=True)
class Answered:
    """The provider answered a call."""

    operation: Operation
    outcome: Outcome


@dataclass(frozen=True)
class ActionDone:
    """The provider says that the shopper's action is over: ask it how it ended."""

    transaction_id: TransactionId


Message = Envelope | Answered | ActionDone


@dataclass(frozen=True)
class Step:
    """The payment to commit, the events to publish, and the provider call to make then."""

    payment: Payment
    publish: tuple[Envelope, ...] = ()
    call: Operation | None = None


Decision = Step | Ignored
