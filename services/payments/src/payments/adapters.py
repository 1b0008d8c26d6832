"""payments' ports on AWS."""

from datetime import datetime, timedelta
from typing import Any

from payments.domain.payment import Payment
from payments.sandbox import Entry
from shared.clock import Clock
from shared.records import DynamoRecords

SECRET_CACHE = timedelta(minutes=5)


def payments(client: Any, table: str) -> DynamoRecords[Payment]:  # noqa: ANN401 - boto3 client
    """Answers payments in a DynamoDB table."""
    return DynamoRecords(client, table, Payment)


def sandbox_books(client: Any, table: str) -> DynamoRecords[Entry]:  # noqa: ANN401 - boto3 client
    """Answers the sandbox provider's books in a DynamoDB table of their own."""
    return DynamoRecords(client, table, Entry, key="pk")


class ParameterSecret:
    """The webhook's secret in an SSM parameter, read again every five minutes."""

    def __init__(self, client: Any, parameter: str, now: Clock) -> None:  # noqa: ANN401
        self._client = client
        self._parameter = parameter
        self._now = now
        self._read: tuple[datetime, str] | None = None

    def __call__(self) -> str:
        """Answers the secret."""
        if self._read is None or self._now() - self._read[0] > SECRET_CACHE:
            answer = self._client.get_parameter(Name=self._parameter, WithDecryption=True)
            self._read = (self._now(), answer["Parameter"]["Value"])
        return self._read[1]
