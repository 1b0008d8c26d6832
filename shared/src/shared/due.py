"""Sparse indexes of records by the time at which they are due, spread over a few partitions."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any
from zlib import crc32

SHARDS = 4
"""One partition takes 1,000 writes a second; an index by time alone would be a single one."""


@dataclass(frozen=True)
class DueIndex:
    """An index of a table: its name, its two key attributes (both strings), the table's key."""

    name: str
    shard: str
    at: str
    key: str = "transaction_id"

    def attributes(self, identity: str, at: datetime) -> dict[str, str]:
        """Answers what puts a record into the index; without these attributes it is in none."""
        return {self.shard: str(crc32(identity.encode()) % SHARDS), self.at: sortable(at)}

    def due(
        self,
        client: Any,  # noqa: ANN401 - boto3 client
        table: str,
        now: datetime,
    ) -> Iterator[str]:
        """Answers the keys of the records that are due (an eventually consistent read)."""
        pages = client.get_paginator("query")
        for shard in range(SHARDS):
            for page in pages.paginate(
                TableName=table,
                IndexName=self.name,
                KeyConditionExpression="#shard = :shard AND #at <= :now",
                ExpressionAttributeNames={"#shard": self.shard, "#at": self.at},
                ExpressionAttributeValues={
                    ":shard": {"S": str(shard)},
                    ":now": {"S": sortable(now)},
                },
            ):
                for item in page["Items"]:
                    yield item[self.key]["S"]


def sortable(moment: datetime) -> str:
    """Answers a time whose text sorts as it does."""
    return moment.astimezone(UTC).isoformat(timespec="milliseconds")
