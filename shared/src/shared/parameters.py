"""Parameters of the deployment (SSM), read again every few minutes so that they can rotate."""

from datetime import datetime, timedelta
from typing import Any

from botocore.exceptions import BotoCoreError, ClientError

from shared.clock import Clock
from shared.observability import count, logger

KEPT_FOR = timedelta(minutes=5)
RETRY_PAUSE = timedelta(seconds=10)


class CachedParameter:
    """The text of one parameter, decrypted."""

    def __init__(self, client: Any, name: str, now: Clock) -> None:  # noqa: ANN401 - boto3 client
        self._client = client
        self._name = name
        self._now = now
        self._value: str | None = None
        self._read_again_at: datetime | None = None

    def __call__(self) -> str:
        """Answers the text, at most five minutes old as long as it can be read.

        While it can't, what was read last is answered, and it is tried again every ten seconds;
        raises what boto3 raises when it was never read.
        """
        now = self._now()
        if self._value is None or self._read_again_at is None or now > self._read_again_at:
            try:
                answer = self._client.get_parameter(Name=self._name, WithDecryption=True)
            except (ClientError, BotoCoreError):
                if self._value is None:
                    raise
                count("ParameterUnavailable")
                logger().exception("using what was read last", parameter=self._name)
                self._read_again_at = now + RETRY_PAUSE
            else:
                self._value = str(answer["Parameter"]["Value"])
                self._read_again_at = now + KEPT_FOR
        return self._value
