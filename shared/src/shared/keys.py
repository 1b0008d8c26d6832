"""Public keys that verify tokens, by key id, as published somewhere and kept for a while."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, Protocol

import jwt
from botocore.exceptions import BotoCoreError, ClientError

from shared.clock import Clock
from shared.errors import RetryLaterError
from shared.observability import count, logger

ALGORITHM = "EdDSA"
"""Of tracking tokens."""
KEY_CACHE = timedelta(minutes=5)
REFRESH_PAUSE = timedelta(seconds=10)
"""A token of an unknown key makes us read the keys again, but not more often than this."""
FIRST_PAUSE = timedelta(seconds=1)
"""Until the keys were read once, nothing can be opened: they are tried for sooner."""


class KeysUnavailableError(RetryLaterError):
    """The public keys are out of reach for now."""


@dataclass(frozen=True)
class PublicKeys:
    """The public keys that verify, by key id."""

    by_kid: Mapping[str, jwt.PyJWK]

    @classmethod
    def from_jwks(cls, text: str) -> "PublicKeys":
        """Answers the keys of a JSON Web Key Set (RFC 7517), all for tracking tokens."""
        return cls({key["kid"]: jwt.PyJWK(key, ALGORITHM) for key in json.loads(text)["keys"]})


class KeySource(Protocol):
    """Where public keys are published."""

    def read(self) -> PublicKeys:
        """Answers the keys as published now; raises KeysUnavailableError when they can't be had."""


@dataclass
class CachedKeys:
    """Public keys, read again every five minutes, and sooner for a key that is new."""

    source: KeySource
    now: Clock
    _keys: PublicKeys | None = None
    _tried_at: datetime | None = None
    _failed: bool = False

    def knowing(self, kid: str) -> PublicKeys:
        """Answers the keys, fresh enough to know a key that was just rotated in.

        While they can't be had, those that were known go on opening; a withdrawn key is refused as
        soon as the keys can be read again, ten seconds at most later. Raises KeysUnavailableError
        for a key that is not known meanwhile.
        """
        if self._tried_at is None or self.now() - self._tried_at >= self._pause(kid):
            self._refresh()
        if self._keys is None or (self._failed and kid not in self._keys.by_kid):
            raise KeysUnavailableError("the public keys are out of reach")
        return self._keys

    def _pause(self, kid: str) -> timedelta:
        if self._keys is None:
            return FIRST_PAUSE
        return REFRESH_PAUSE if self._failed or kid not in self._keys.by_kid else KEY_CACHE

    def _refresh(self) -> None:
        self._tried_at = self.now()
        try:
            self._keys, self._failed = self.source.read(), False
        except KeysUnavailableError:
            self._failed = True
            count("KeysUnavailable")
            logger().exception("the public keys can't be read")


@dataclass(frozen=True)
class ParameterKeys:
    """The public keys of tracking tokens, in an SSM parameter."""

    client: Any = field(repr=False)
    parameter: str

    def read(self) -> PublicKeys:
        """Answers the keys as published now."""
        try:
            answer = self.client.get_parameter(Name=self.parameter)
        except (BotoCoreError, ClientError) as error:
            raise KeysUnavailableError(f"{self.parameter} can't be read") from error
        return PublicKeys.from_jwks(answer["Parameter"]["Value"])
