"""The view of one transaction: what a shopper is shown."""

from datetime import datetime
from enum import StrEnum

from shared.events import Contract, Shortage


class Status(StrEnum):
    """What has become of the order, as far as notifications has heard."""

    ACCEPTED = "ACCEPTED"
    """The checkout was answered; no event has arrived yet."""
    PENDING = "PENDING"
    CONFIRMED = "CONFIRMED"
    REJECTED = "REJECTED"
    CANCELLED = "CANCELLED"


class ViewFailure(Contract):
    """Why a segment failed, in words that a shop can show; `code` is stable, for translation."""

    segment: str
    code: str
    message: str
    retryable: bool
    suggested_action: str
    """edit_cart, other_payment_method, try_again or contact_shop."""
    shortages: tuple[Shortage, ...] = ()


class Action(Contract):
    """What the shopper must do before the payment goes on."""

    url: str
    expires_at: datetime


class Segment(Contract):
    """Where one segment stands."""

    state: str
    at: datetime | None = None
    """When it got there; not there while it is pending."""
    failure: ViewFailure | None = None
    action: Action | None = None


class View(Contract):
    """The transaction at `sequence`: the number of events that it is folded from."""

    sequence: int = 0
    status: Status = Status.ACCEPTED
    segments: dict[str, Segment]
    failures: tuple[ViewFailure, ...] = ()
    final: bool = False
    """Nothing is outstanding: everything is done, or given back."""
