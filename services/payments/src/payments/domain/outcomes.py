"""What the provider can answer: a closed set of frozen values."""

from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True)
class Authorized:
    """The amount is held."""

    authorization_id: str


@dataclass(frozen=True)
class Declined:
    """Nothing is held, and won't be."""

    code: str
    message: str
    retryable: bool = True


@dataclass(frozen=True)
class ActionRequired:
    """The shopper must act at `url` first."""

    authorization_id: str
    url: str
    expires_at: datetime


@dataclass(frozen=True)
class Captured:
    """The amount is ours."""


@dataclass(frozen=True)
class CaptureRefused:
    """What was held won't be handed over."""

    code: str
    message: str


@dataclass(frozen=True)
class Voided:
    """What was held is let go."""


@dataclass(frozen=True)
class Refunded:
    """What was captured is given back."""


@dataclass(frozen=True)
class Unknown:
    """The provider has never heard of this payment."""


Outcome = (
    Authorized | Declined | ActionRequired | Captured | CaptureRefused | Voided | Refunded | Unknown
)
