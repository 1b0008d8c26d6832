"""Says whether a call's tracking token is valid, and for which order."""

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, Protocol

from shared.clock import Clock
from shared.observability import count, logger
from shared.tokens import InvalidTokenError, PublicKeys, TrackingToken, key_id, verify

KEY_CACHE = timedelta(minutes=5)
REFRESH_PAUSE = timedelta(seconds=10)
"""A token of an unknown key makes us read the keys again, but not more often than this."""


class KeySource(Protocol):
    """Where the public keys are published."""

    def read(self) -> PublicKeys:
        """Answers the keys as published now; raises KeysUnavailableError when they can't be had."""


class KeysUnavailableError(Exception):
    """The public keys are out of reach for now."""


@dataclass
class CachedKeys:
    """The public keys, read again every five minutes, and sooner for a key that is new."""

    source: KeySource
    now: Clock
    _read_at: datetime | None = None
    _keys: PublicKeys = field(default_factory=lambda: PublicKeys({}))

    def knowing(self, kid: str) -> PublicKeys:
        """Answers the keys, fresh enough to know a key that was just rotated in."""
        age = KEY_CACHE if kid in self._keys.by_kid else REFRESH_PAUSE
        if self._read_at is None or self.now() - self._read_at >= age:
            self._refresh(kid)
        return self._keys

    def _refresh(self, kid: str) -> None:
        """Reads the keys; while they can't be had, those that were known go on opening orders.

        A withdrawn key is refused as soon as the keys can be read again, ten seconds at most later.
        """
        try:
            self._keys, self._read_at = self.source.read(), self.now()
        except KeysUnavailableError:
            if kid not in self._keys.by_kid:
                raise
            count("KeysUnavailable")
            logger().exception("using the keys that were read last")
            self._read_at = self.now() - KEY_CACHE + REFRESH_PAUSE


def authorize(event: dict[str, Any], keys: CachedKeys) -> dict[str, Any]:
    """Answers an HTTP API's question (payload 2.0, simple responses) about a call.

    https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-lambda-authorizer.html
    """
    headers = {name.lower(): value for name, value in (event.get("headers") or {}).items()}
    try:
        token = _open(headers.get("authorization", ""), keys)
    except InvalidTokenError as error:
        count("Refused")
        logger().info("refused", reason=error.reason)
        return {"isAuthorized": False}
    context = {"transaction_id": token.transaction_id, "scope": " ".join(token.scopes)}
    return {"isAuthorized": True, "context": context}


def _open(header: str, keys: CachedKeys) -> TrackingToken:
    kind, _, token = header.partition(" ")
    if kind.lower() != "bearer" or not token:
        raise InvalidTokenError("malformed")
    return verify(token.strip(), keys.knowing(key_id(token.strip())), keys.now())
