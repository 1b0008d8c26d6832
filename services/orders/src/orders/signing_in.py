"""Says who places an order: a guest, or a shopper whom the stage's issuer vouches for."""

from http import HTTPStatus

from orders.domain.checkout import Checkout
from orders.ports import SignIn
from shared.http import FieldError, ProblemError, Request
from shared.ids import TransactionId, transaction_id
from shared.tokens import InvalidTokenError, bearer

CHALLENGE = {"www-authenticate": 'Bearer error="invalid_token"'}
"""https://www.rfc-editor.org/rfc/rfc6750#section-3"""


def customer_of(request: Request, sign_in: SignIn | None) -> str | None:
    """Answers the reference of the shopper who is signed in; None for a guest.

    Raises a ProblemError for a token that is no good. Where there is nobody to sign in with, all
    are guests, whatever they send.
    """
    header = request.headers.get("authorization")
    if sign_in is None or header is None:
        return None
    try:
        customer = sign_in.identify(bearer(header)).customer
    except InvalidTokenError as error:
        raise _invalid(error.reason) from error
    if customer is None:
        raise _sign_in("The token names no customer of this shop.")
    return customer


def identity_of(customer: str | None, key: str) -> TransactionId:
    """Answers the transaction that a key starts: a customer's keys are theirs alone."""
    return transaction_id("guest" if customer is None else f"customer:{customer}", key)


def on_behalf(checkout: Checkout, customer: str | None, sign_in: SignIn | None) -> Checkout:
    """Answers the checkout as the customer's; raises a ProblemError when it claims another's."""
    claimed = checkout.customer.reference
    if sign_in is None or claimed == customer:
        return checkout
    if customer is None:
        raise _sign_in("Sign in to order under a customer reference, or leave it out.")
    if claimed is None:
        return checkout.of(customer)
    raise ProblemError(
        HTTPStatus.UNPROCESSABLE_ENTITY,
        "other-customer",
        "The customer reference is not that of the shopper who is signed in; leave it out.",
        errors=(FieldError("customer.reference", "is another customer's"),),
    )


def _invalid(reason: str) -> ProblemError:
    return ProblemError(
        HTTPStatus.UNAUTHORIZED,
        "invalid-token",
        f"The token is no good ({reason}); sign in again, or order as a guest without one.",
        members={"reason": reason},
        headers=CHALLENGE,
    )


def _sign_in(detail: str) -> ProblemError:
    return ProblemError(HTTPStatus.FORBIDDEN, "sign-in", detail)
