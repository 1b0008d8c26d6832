"""Webhooks on the wire, and where their receivers are configured."""

import json
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime

import urllib3
from botocore.exceptions import BotoCoreError, ClientError

from notifications.receivers import Configured, Receiver
from shared.clock import Clock
from shared.errors import ConfigurationError, RetryLaterError
from shared.parameters import KEPT_FOR
from shared.records import is_error

TIMEOUT = urllib3.Timeout(connect=2, read=8)


class HttpPost:
    """Sends requests over connections that are kept; follows no redirect."""

    def __init__(self) -> None:
        self._pool = urllib3.PoolManager(timeout=TIMEOUT, retries=False, num_pools=10)

    def __call__(self, url: str, body: bytes, headers: Mapping[str, str]) -> int:
        """Answers the status; what the receiver says beside is nothing to us and is not read."""
        try:
            answer = self._pool.request(
                "POST", url, body=body, headers=dict(headers), preload_content=False
            )
        except urllib3.exceptions.HTTPError as error:
            raise RetryLaterError(f"no answer ({type(error).__name__})") from error
        status = answer.status
        answer.close()
        return int(status)


class ConfiguredReceivers:
    """The receivers in the parameter store."""

    def __init__(self, parameter: Callable[[], str], now: Clock) -> None:
        self._parameter = parameter
        self._now = now
        self._none_until: datetime | None = None

    def __call__(self) -> Sequence[Receiver]:
        """Answers the receivers as configured lately; no parameter: there are none."""
        if self._none_until is not None and self._now() < self._none_until:
            return ()
        try:
            text = self._parameter()
        except (ClientError, BotoCoreError) as error:
            if isinstance(error, ClientError) and is_error(error, "ParameterNotFound"):
                # Most stages have none: they must not be asked for at each change.
                self._none_until = self._now() + KEPT_FOR
                return ()
            raise RetryLaterError("the receivers can't be read now") from error
        return _parsed(text)


def _parsed(text: str) -> Sequence[Receiver]:
    try:
        return Configured.model_validate(json.loads(text)).receivers
    except ValueError:
        # What is wrong would be quoted by the cause, and with it a secret.
        raise ConfigurationError(
            "the parameter of the webhooks' receivers is wrong; see orderbus webhooks"
        ) from None
