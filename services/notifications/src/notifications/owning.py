"""Whose order it is, as far as notifications has heard."""

from collections.abc import Sequence
from http import HTTPStatus

from notifications.domain.update import owner_of, was_placed
from shared.callers import Caller
from shared.events import Envelope
from shared.http import ProblemError


def check_owner(caller: Caller, entries: Sequence[Envelope]) -> None:
    """Raises a ProblemError for a signed-in shopper's call for an order that is not theirs.

    Before OrderPlaced has arrived nobody knows whose it is; the order's token opens it even then.
    """
    if caller.transaction_id is None and not was_placed(entries):
        raise ProblemError(
            HTTPStatus.NOT_FOUND,
            "unknown-order",
            "Nothing was heard of such an order yet; ask again in a second, or use its token.",
        )
    caller.check_owner(owner_of(entries))
