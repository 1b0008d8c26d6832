"""Open WebSocket connections in DynamoDB: one item a connection, with all that it follows."""

from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any

from notifications.domain.feeds import MOST_FEEDS, Feed
from notifications.ports import GoneError, TooManyError
from shared import replay
from shared.clock import Clock
from shared.due import DueIndex

FIRST_SUBSCRIPTION = timedelta(seconds=45)
"""With the sweep's minute it is within two minutes that an idle connection is closed."""
LONGEST_CONNECTION = timedelta(hours=3)
"""API Gateway ends a connection after two hours; what is left then is litter for the TTL.

https://docs.aws.amazon.com/apigateway/latest/developerguide/apigateway-execution-service-websocket-limits-table.html
"""
IDLE = DueIndex("idle", "idle_shard", "idle_at", key="connection_id")
"""Connections that have subscribed to nothing yet, by the time at which they are to be closed."""


class DynamoConnections:
    """The connections in one table."""

    def __init__(self, client: Any, table: str, now: Clock) -> None:  # noqa: ANN401 - boto3 client
        self._client = client
        self._table = table
        self._now = now

    def opened(self, connection_id: str) -> None:
        """Puts a new connection into the index of idle ones."""
        now = self._now()
        idle = IDLE.attributes(connection_id, now + FIRST_SUBSCRIPTION)
        self._client.put_item(
            TableName=self._table,
            Item={
                "connection_id": {"S": connection_id},
                "expires_at": {"N": str(int((now + LONGEST_CONNECTION).timestamp()))},
                **{name: {"S": value} for name, value in idle.items()},
            },
        )

    def add(self, connection_id: str, feed: Feed) -> None:
        """Adds a feed and takes the connection out of the index, in one conditional write."""
        replay.refuse("following")
        failed = self._client.exceptions.ConditionalCheckFailedException
        try:
            self._client.update_item(
                TableName=self._table,
                Key={"connection_id": {"S": connection_id}},
                UpdateExpression="REMOVE #shard, #at ADD #feeds :feeds",
                ConditionExpression=(
                    "attribute_exists(#id) AND (attribute_not_exists(#feeds) "
                    "OR size(#feeds) < :most OR contains(#feeds, :feed))"
                ),
                ExpressionAttributeNames={
                    "#id": "connection_id",
                    "#feeds": "feeds",
                    "#shard": IDLE.shard,
                    "#at": IDLE.at,
                },
                ExpressionAttributeValues={
                    ":feed": {"S": str(feed)},
                    ":feeds": {"SS": [str(feed)]},
                    ":most": {"N": str(MOST_FEEDS)},
                },
            )
        except failed as error:
            if self._exists(connection_id):
                raise TooManyError(f"a connection follows at most {MOST_FEEDS}") from error
            raise GoneError(connection_id) from error

    def _exists(self, connection_id: str) -> bool:
        key = {"connection_id": {"S": connection_id}}
        return "Item" in self._client.get_item(
            TableName=self._table, Key=key, ConsistentRead=True, ProjectionExpression="expires_at"
        )

    def remove(self, connection_id: str, feed: Feed) -> None:
        """Takes a feed off, if the connection is still there."""
        try:
            self._client.update_item(
                TableName=self._table,
                Key={"connection_id": {"S": connection_id}},
                UpdateExpression="DELETE #feeds :feeds",
                ConditionExpression="attribute_exists(#id)",
                ExpressionAttributeNames={"#id": "connection_id", "#feeds": "feeds"},
                ExpressionAttributeValues={":feeds": {"SS": [str(feed)]}},
            )
        except self._client.exceptions.ConditionalCheckFailedException:
            return

    def closed(self, connection_id: str) -> frozenset[Feed]:
        """Deletes a connection; its item is the list of what to tidy up after it."""
        answer = self._client.delete_item(
            TableName=self._table,
            Key={"connection_id": {"S": connection_id}},
            ReturnValues="ALL_OLD",
        )
        feeds = answer.get("Attributes", {}).get("feeds", {"SS": ()})["SS"]
        return frozenset(map(Feed.parse, feeds))

    def idle(self, now: datetime) -> Iterator[str]:
        """Answers the connections whose time to subscribe is over."""
        return IDLE.due(self._client, self._table, now)
