"""What payments publishes: what became of an order's money."""

from pydantic import AwareDatetime

from shared.events.envelope import EventData
from shared.money import Money


class PaymentAuthorized(EventData):
    """The provider holds the amount for us."""

    amount: Money
    authorization_id: str


class PaymentActionRequired(EventData):
    """The shopper must do something at `action_url` (3-D Secure) before the payment goes on."""

    action_url: str
    expires_at: AwareDatetime


class PaymentDeclined(EventData):
    """The provider refused the payment; nothing is held."""

    code: str
    message: str
    retryable: bool = True
    """Whether another payment method (or a later try) could succeed."""


class PaymentCaptured(EventData):
    """The amount is ours."""

    amount: Money


class PaymentCaptureFailed(EventData):
    """The provider refused to hand over what it had held."""

    code: str
    message: str


class PaymentVoided(EventData):
    """Nothing is held for the order any more; `amount` is what was let go (None: nothing was)."""

    amount: Money | None = None


class PaymentRefunded(EventData):
    """What had been captured was given back."""

    amount: Money
