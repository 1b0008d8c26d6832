"""Puts the authorizer together."""

from dataclasses import dataclass
from functools import cache
from typing import Any

from botocore.exceptions import BotoCoreError, ClientError

from authorizer.authorizing import CachedKeys, KeysUnavailableError
from authorizer.settings import Settings
from shared.clients import client
from shared.clock import now
from shared.settings import load
from shared.tokens import PublicKeys


@dataclass(frozen=True)
class ParameterKeys:
    """The public keys in an SSM parameter."""

    client: Any
    parameter: str

    def read(self) -> PublicKeys:
        """Answers the keys as published now."""
        try:
            answer = self.client.get_parameter(Name=self.parameter)
        except (BotoCoreError, ClientError) as error:
            raise KeysUnavailableError(f"{self.parameter} can't be read") from error
        return PublicKeys.from_jwks(answer["Parameter"]["Value"])


@cache
def keys() -> CachedKeys:
    """Answers this worker's public keys."""
    parameter = load(Settings).tracking_public_keys_parameter
    return CachedKeys(ParameterKeys(client("ssm"), parameter), now)
