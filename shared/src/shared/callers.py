"""Who a token speaks for: one order's shopper, a signed-in shopper with all theirs, an operator."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from http import HTTPStatus
from typing import Any

from shared import oidc, tokens
from shared.clock import Clock
from shared.identity import Identity
from shared.keys import CachedKeys, ParameterKeys
from shared.problems import ProblemError
from shared.tokens import InvalidTokenError

OPERATE = "operate"
"""The scope of operators, whatever the issuer calls it."""
CUSTOMER_REFERENCE = re.compile(r"[A-Za-z0-9_-]{1,64}")
"""As checkouts take it."""


@dataclass(frozen=True)
class Caller:
    """Who calls, and what they may do."""

    scopes: tuple[str, ...]
    transaction_id: str | None = None
    """The one order that a tracking token opens."""
    customer: str | None = None
    """The reference of a signed-in shopper: opens all orders that were placed with it."""

    @classmethod
    def from_context(cls, context: Mapping[str, str]) -> "Caller":
        """Answers the caller as the authorizer tells the routes behind it."""
        return cls(
            tuple(context.get("scope", "").split()),
            context.get("transaction_id") or None,
            context.get("customer") or None,
        )

    def context(self) -> dict[str, str]:
        """Answers what the authorizer tells the routes behind it."""
        said = {"transaction_id": self.transaction_id, "customer": self.customer}
        known = {name: value for name, value in said.items() if value is not None}
        return {"scope": " ".join(self.scopes), **known}

    def check(self, transaction_id: str, scope: str) -> None:
        """Raises a ProblemError (403) for what is certainly not this caller's to do.

        A signed-in shopper passes with any order, and is held to `check_owner` once it is read.
        """
        if self.customer is None and self.transaction_id != transaction_id:
            raise _other_order()
        if scope not in self.scopes:
            raise ProblemError(
                HTTPStatus.FORBIDDEN, "scope", f"The token does not allow {scope!r}."
            )

    def check_owner(self, customer_reference: str | None) -> None:
        """Raises a ProblemError (403) unless the order of this customer is the caller's.

        A tracking token was checked by the order's id and need not be a customer's.
        """
        if self.transaction_id is None and (
            self.customer is None or self.customer != customer_reference
        ):
            raise _other_order()


def _other_order() -> ProblemError:
    return ProblemError(
        HTTPStatus.FORBIDDEN,
        "other-order",
        "The token is for other orders; use the one that this order's checkout answered, or that "
        "of the shopper who placed it.",
    )


@dataclass(frozen=True)
class SignedIn:
    """Those whom the stage's OIDC issuer vouches for."""

    identity: Identity
    keys: CachedKeys
    now: Clock

    def identify(self, token: str) -> Caller:
        """Answers who the issuer's token speaks for; raises InvalidTokenError or RetryLaterError.

        Whose claim is no customer reference is nobody's customer, but may be an operator.
        """
        if tokens.issuer(token) != self.identity.issuer:
            raise InvalidTokenError("malformed")
        known = self.keys.knowing(tokens.key_id(token))
        claims = oidc.verify(token, known, self.identity, self.now())
        scopes = [*tokens.SCOPES]
        if self.identity.operator_scope in _texts(claims.get("scope")):
            scopes.append(OPERATE)
        return Caller(tuple(scopes), customer=self._customer(claims))

    def _customer(self, claims: Mapping[str, Any]) -> str | None:
        named = claims.get(self.identity.customer_claim)
        fits = isinstance(named, str) and CUSTOMER_REFERENCE.fullmatch(named)
        return named if fits else None


def _texts(scope: object) -> list[object]:
    """Answers the scopes of a claim: a text of them or, with some issuers, a list."""
    if isinstance(scope, str):
        return [*scope.split()]
    return scope if isinstance(scope, list) else []


@dataclass(frozen=True)
class Callers:
    """Everybody who may call: holders of tracking tokens and, with an issuer, of its JWTs."""

    tracking_keys: CachedKeys
    signed_in: SignedIn | None
    now: Clock

    def identify(self, token: str) -> Caller:
        """Answers who a token speaks for.

        Raises InvalidTokenError, and RetryLaterError when the keys that decide can't be had.
        """
        issuer = tokens.issuer(token)
        if issuer == tokens.ISSUER:
            known = self.tracking_keys.knowing(tokens.key_id(token))
            opened = tokens.verify(token, known, self.now())
            return Caller(opened.scopes, transaction_id=opened.transaction_id)
        if self.signed_in is not None and issuer == self.signed_in.identity.issuer:
            return self.signed_in.identify(token)
        raise InvalidTokenError("malformed")


def signed_in(identity: Identity, now: Clock) -> SignedIn | None:
    """Answers those who are signed in; None when the stage names no issuer."""
    if not identity.issuer:
        return None
    return SignedIn(identity, CachedKeys(oidc.IssuerKeys(identity.issuer), now), now)


def callers(ssm: Any, keys_parameter: str, identity: Identity, now: Clock) -> Callers:  # noqa: ANN401 - boto3 client
    """Answers everybody who may call a stage; `keys_parameter` holds the tracking tokens' keys."""
    tracking_keys = CachedKeys(ParameterKeys(ssm, keys_parameter), now)
    return Callers(tracking_keys, signed_in(identity, now), now)
