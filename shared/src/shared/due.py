"""Sparse indexes of records by the time at which they are due, spread over a few partitions."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from shared.ids import TransactionId

SHARDS = 4
"""One partition takes 1,000 writes a second; an index by time alone would be a single one."""


@dataclass(frozen=True)
class DueIndex:
    """An index of a table: its name, and its two key attributes (both strings)."""

    name: str
    shard: str
    at: str

    def attributes(self, transaction_id: TransactionId, at: datetime) -> dict[str, str]:
        """Answers what puts a record into the index; without these attributes it is in none."""
        return {self.shard: str(int(transaction_id[:2], 16) % SHARDS), self.at: _sortable(at)}

    def due(
        self,
        client: Any,  # noqa: ANN401 - boto3 client
        table: str,
        now: datetime,
    ) -> Iterator[TransactionId]:
        """Answers the transactions that are due (an eventually consistent read)."""
        pages = client.get_paginator("query")
        for shard in range(SHARDS):
            for page in pages.paginate(
                TableName=table,
                IndexName=self.name,
                KeyConditionExpression="#shard = :shard AND #at <= :now",
                ExpressionAttributeNames={"#shard": self.shard, "#at": self.at},
                ExpressionAttributeValues={
                    ":shard": {"S": str(shard)},
                    ":now": {"S": _sortable(now)},
                },
            ):
                for item in page["Items"]:
                    yield item["transaction_id"]["S"]


def _sortable(moment: datetime) -> str:
    """Answers a time whose text sorts as it does."""
    return moment.astimezone(UTC).isoformat(timespec="milliseconds")
