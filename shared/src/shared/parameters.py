"""Parameters of the deployment (SSM), read again every few minutes so that they can rotate."""

from datetime import datetime, timedelta
from typing import Any

from shared.clock import Clock

KEPT_FOR = timedelta(minutes=5)


class CachedParameter:
    """The text of one parameter, decrypted."""

    def __init__(self, client: Any, name: str, now: Clock) -> None:  # noqa: ANN401 - boto3 client
        self._client = client
        self._name = name
        self._now = now
        self._read: tuple[datetime, str] | None = None

    def __call__(self) -> str:
        """Answers the text, at most five minutes old."""
        if self._read is None or self._now() - self._read[0] > KEPT_FOR:
            answer = self._client.get_parameter(Name=self._name, WithDecryption=True)
            self._read = (self._now(), answer["Parameter"]["Value"])
        return self._read[1]
