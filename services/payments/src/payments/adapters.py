"""payments' ports on AWS."""

from typing import Any

from payments.domain.payment import Payment
from payments.sandbox import Entry
from shared.records import DynamoRecords


def payments(client: Any, table: str) -> DynamoRecords[Payment]:  # noqa: ANN401 - boto3 client
    """Answers payments in a DynamoDB table."""
    return DynamoRecords(client, table, Payment)


def sandbox_books(client: Any, table: str) -> DynamoRecords[Entry]:  # noqa: ANN401 - boto3 client
    """Answers the sandbox provider's books in a DynamoDB table of their own."""
    return DynamoRecords(client, table, Entry, key="pk")
