"""Tokens (JWTs) of an OpenID Connect issuer, by the keys that it publishes.

https://openid.net/specs/openid-connect-discovery-1_0.html
"""

import json
from collections.abc import Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime, timedelta
from http.client import HTTPException
from typing import Any
from urllib.error import HTTPError
from urllib.request import HTTPRedirectHandler, OpenerDirector, ProxyHandler, Request, build_opener

import jwt

from shared.identity import Identity, is_trusted_address
from shared.keys import KeysUnavailableError, PublicKeys
from shared.tokens import InvalidTokenError, key_id

DISCOVERY = "/.well-known/openid-configuration"
TIMEOUT_SECONDS = 1.5
"""Of each of two requests: together less than any function's time-out."""
LARGEST_DOCUMENT = 256 * 1024
NOT_BEFORE_LEEWAY = timedelta(seconds=30)
"""What an issuer's clock may be ahead of ours."""
ALGORITHMS: Mapping[tuple[str, str | None], str] = {
    ("RSA", None): "RS256",
    ("EC", "P-256"): "ES256",
    ("OKP", "Ed25519"): "EdDSA",
}
"""By a key's type and curve: the one algorithm that it verifies, whatever a token claims."""
_BROKEN = (OSError, HTTPException, ValueError, KeyError, TypeError, RecursionError)
"""What reading documents of somebody else's may end in."""


class _NoRedirects(HTTPRedirectHandler):
    """Follows nobody: an issuer's documents are where it says that they are."""

    def redirect_request(self, *_arguments: object) -> None:
        """Answers that there is no other request to make."""


@dataclass(frozen=True)
class IssuerKeys:
    """The keys that an issuer publishes."""

    issuer: str

    def read(self) -> PublicKeys:
        """Answers the keys as published now."""
        try:
            return PublicKeys(dict(_usable(_get(self._key_set())["keys"])))
        except _BROKEN as error:
            raise KeysUnavailableError(f"the keys of {self.issuer} can't be had") from error

    def _key_set(self) -> str:
        """Answers where the issuer says that its keys are."""
        said = _get(f"{self.issuer.rstrip('/')}{DISCOVERY}")
        if said["issuer"] != self.issuer:
            raise ValueError(f"the issuer calls itself {said['issuer']!r}")
        return str(said["jwks_uri"])


def _opener() -> OpenerDirector:
    return build_opener(ProxyHandler({}), _NoRedirects)


def _get(url: str) -> dict[str, Any]:
    if not is_trusted_address(url):
        raise ValueError(f"{url!r} is no https address")
    request = Request(url, headers={"accept": "application/json"})  # noqa: S310 - checked above
    try:
        with _opener().open(request, timeout=TIMEOUT_SECONDS) as answer:
            text = answer.read(LARGEST_DOCUMENT + 1)
    except HTTPError as error:
        error.close()
        raise
    if len(text) > LARGEST_DOCUMENT:
        raise ValueError(f"{url!r} answers more than {LARGEST_DOCUMENT} bytes")
    return dict(json.loads(text))


def _usable(keys: list[dict[str, Any]]) -> Iterator[tuple[str, jwt.PyJWK]]:
    """Answers those keys that verify signatures in a way that we take; others are passed over."""
    for key in keys:
        algorithm = ALGORITHMS.get((key["kty"], key.get("crv")))
        signs = key.get("use", "sig") == "sig" and key.get("alg", algorithm) == algorithm
        if algorithm and signs and isinstance(key.get("kid"), str):
            with suppress(jwt.PyJWTError):
                yield key["kid"], jwt.PyJWK(key, algorithm)


def verify(token: str, keys: PublicKeys, identity: Identity, now: datetime) -> dict[str, Any]:
    """Answers the claims of the issuer's token; raises InvalidTokenError when it is no good."""
    key = keys.by_kid.get(key_id(token))
    if key is None:
        raise InvalidTokenError("unknown_key")
    claims = _claims(token, key, identity.issuer)
    if identity.audience not in _audiences(claims):
        raise InvalidTokenError("malformed")
    if _moment(claims, "exp") <= now.timestamp():
        raise InvalidTokenError("expired")
    if "nbf" in claims and _moment(claims, "nbf") > (now + NOT_BEFORE_LEEWAY).timestamp():
        raise InvalidTokenError("malformed")
    return claims


def _claims(token: str, key: jwt.PyJWK, issuer: str) -> dict[str, Any]:
    try:
        # The clock is the caller's, as that of tracking tokens; audiences: see there.
        return jwt.decode(
            token,
            key,
            algorithms=[str(key.algorithm_name)],
            issuer=issuer,
            options={
                "require": ["exp", "iss"],
                "verify_exp": False,
                "verify_nbf": False,
                "verify_iat": False,
                "verify_aud": False,
            },
        )
    except jwt.InvalidSignatureError as error:
        raise InvalidTokenError("altered") from error
    except (jwt.InvalidTokenError, RecursionError) as error:
        raise InvalidTokenError("malformed") from error


def _audiences(claims: Mapping[str, Any]) -> list[object]:
    """Answers whom a token is for; Cognito's access tokens say it in `client_id` alone.

    https://docs.aws.amazon.com/cognito/latest/developerguide/amazon-cognito-user-pools-using-the-access-token.html
    """
    named = claims["aud"] if "aud" in claims else claims.get("client_id")
    return named if isinstance(named, list) else [named]


def _moment(claims: Mapping[str, Any], name: str) -> int:
    value = claims[name]
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise InvalidTokenError("malformed")
    try:
        return int(value)
    except (ValueError, OverflowError) as error:  # NaN and the infinities
        raise InvalidTokenError("malformed") from error
