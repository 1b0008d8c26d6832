"""Tracking tokens: signed, expiring, each for one transaction and for what it allows.

Signatures are asymmetric (Ed25519): only orders holds the private key, everybody may hold the
public ones, by key id, so that keys rotate without logging anyone out. The same inputs give the
same token: Ed25519 draws no random numbers.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import jwt
from pydantic import BaseModel, ConfigDict, Field

from shared.keys import ALGORITHM, PublicKeys

ISSUER = "orderbus"
SCOPES = ("read", "cancel")


class InvalidTokenError(Exception):
    """A token that opens nothing; `reason` is expired, altered, unknown_key or malformed."""

    def __init__(self, reason: str) -> None:
        super().__init__(f"the token is {reason}")
        self.reason = reason


class SigningKey(BaseModel):
    """The private key that signs, with its id."""

    model_config = ConfigDict(frozen=True)

    kid: str
    private_key_pem: str = Field(repr=False)

    @classmethod
    def from_parameter(cls, text: str) -> "SigningKey":
        """Answers the key in a parameter's text: JSON with `kid` and `private_key_pem`."""
        return cls.model_validate_json(text)


@dataclass(frozen=True)
class TrackingToken:
    """What a valid token opens."""

    transaction_id: str
    scopes: tuple[str, ...]


def sign(
    key: SigningKey,
    transaction_id: str,
    *,
    issued_at: datetime,
    lifetime: timedelta,
    scopes: tuple[str, ...] = SCOPES,
) -> str:
    """Answers the token (a JWT) that opens one transaction for `lifetime`."""
    claims = {
        "iss": ISSUER,
        "sub": transaction_id,
        "scope": " ".join(scopes),
        "iat": int(issued_at.timestamp()),
        "exp": int((issued_at + lifetime).timestamp()),
    }
    return jwt.encode(claims, key.private_key_pem, ALGORITHM, headers={"kid": key.kid})


def bearer(header: str) -> str:
    """Answers the token of an `Authorization` header; raises InvalidTokenError if it has none."""
    kind, _, token = header.partition(" ")
    if kind.lower() != "bearer" or not token.strip():
        raise InvalidTokenError("malformed")
    return token.strip()


def key_id(token: str) -> str:
    """Answers the id of the key that a token claims to be signed with, unverified."""
    try:
        return str(jwt.get_unverified_header(token)["kid"])
    except (jwt.InvalidTokenError, KeyError, UnicodeError, RecursionError) as error:
        raise InvalidTokenError("malformed") from error


def issuer(token: str) -> str:
    """Answers who a token claims to be issued by, unverified: it decides whose keys to ask."""
    try:
        return str(jwt.decode(token, options={"verify_signature": False})["iss"])
    except (jwt.InvalidTokenError, KeyError, UnicodeError, RecursionError) as error:
        raise InvalidTokenError("malformed") from error


def verify(token: str, keys: PublicKeys, now: datetime) -> TrackingToken:
    """Answers what the token opens; raises InvalidTokenError when that is nothing."""
    key = keys.by_kid.get(key_id(token))
    if key is None:
        raise InvalidTokenError("unknown_key")
    claims = _claims(token, key)
    if claims["exp"] <= now.timestamp():
        raise InvalidTokenError("expired")
    return TrackingToken(claims["sub"], tuple(claims["scope"].split()))


def _claims(token: str, key: jwt.PyJWK) -> dict[str, Any]:
    try:
        # The clock is the caller's, so that tests and the simulator have one, too.
        return jwt.decode(
            token,
            key,
            algorithms=[ALGORITHM],
            issuer=ISSUER,
            options={
                "require": ["exp", "iat", "sub", "scope"],
                "verify_exp": False,
                "verify_iat": False,
            },
        )
    except jwt.InvalidSignatureError as error:
        raise InvalidTokenError("altered") from error
    except (jwt.InvalidTokenError, RecursionError) as error:
        raise InvalidTokenError("malformed") from error
