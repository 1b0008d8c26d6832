"""What payments needs of the world outside."""

from typing import Protocol

from payments.domain.outcomes import (
    ActionRequired,
    Authorized,
    Captured,
    CaptureRefused,
    Declined,
    Outcome,
    Refunded,
    Unknown,
    Voided,
)
from shared.errors import RetryLaterError
from shared.ids import TransactionId
from shared.money import Money


class ProviderUnavailableError(RetryLaterError):
    """The provider refused to work: nothing was done; ask again later."""


class ProviderTimeoutError(RetryLaterError):
    """The provider did not answer in time: the outcome is unknown; ask again with the same key."""


class Provider(Protocol):
    """A payment provider.

    Every call carries an idempotency key: the same key again does nothing new and gets the same
    answer. Each may raise ProviderUnavailableError or ProviderTimeoutError.
    """

    def authorize(
        self, key: str, *, transaction_id: TransactionId, amount: Money, payment_method: str
    ) -> Authorized | Declined | ActionRequired:
        """Holds the amount."""

    def capture(
        self, key: str, *, authorization_id: str, amount: Money
    ) -> Captured | CaptureRefused:
        """Takes what is held."""

    def void(self, key: str, *, authorization_id: str) -> Voided | Unknown:
        """Lets go what is held."""

    def refund(self, key: str, *, authorization_id: str, amount: Money) -> Refunded:
        """Gives back what was taken."""

    def lookup(self, authorize_key: str) -> Outcome:
        """Answers the provider's own state of the payment that this key began."""
