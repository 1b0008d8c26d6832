"""notifications' journal on DynamoDB: one item a transaction."""

import json
from collections.abc import Iterable, Iterator, Mapping
from datetime import datetime, timedelta
from typing import Any

from notifications.domain.feeds import MOST_FOLLOWERS
from notifications.ports import Followed, TooManyError
from shared import replay
from shared.clock import Clock
from shared.due import DueIndex, sortable
from shared.errors import RetryLaterError, UnprocessableError
from shared.events import Envelope
from shared.history import from_record, to_record
from shared.ids import TransactionId

MOST_ENTRIES = 400
"""Of half a kilobyte each they stay well below an item's 400 KB; an order has about ten."""
MOST_KEYS = 100
"""https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_BatchGetItem.html"""
RETAINED = DueIndex("retained-by-clear-at", "clear_shard", "clear_at")
"""Orders whose MQTT topic retains a message, by the time at which it is to be cleared."""


class DynamoJournal:
    """A transaction's events, their ids, their count and its followers in one item."""

    def __init__(
        self,
        client: Any,  # noqa: ANN401 - boto3 client
        table: str,
        now: Clock,
        *,
        keeps_for: timedelta,
        retains_for: timedelta | None = None,
    ) -> None:
        """`retains_for`: how long MQTT topics retain the last update; None: there are none."""
        self._client = client
        self._table = table
        self._now = now
        self._keeps_for = keeps_for
        self._retains_for = retains_for

    def append(self, envelope: Envelope) -> tuple[int, bool]:
        """Keeps an event in one conditional write; answers its number, and whether it is new."""
        replay.refuse("writing the journal")
        index = self._index(envelope.transaction_id)
        try:
            answer = self._client.update_item(
                TableName=self._table,
                Key={"transaction_id": {"S": envelope.transaction_id}},
                UpdateExpression=(
                    "SET #sequence = if_not_exists(#sequence, :zero) + :one, "
                    "#entries = list_append(if_not_exists(#entries, :none), :entry), "
                    "#expires_at = :expires_at"
                    + "".join(f", #{name} = :{name}" for name in index)
                    + " ADD #event_ids :event_ids"
                ),
                ConditionExpression=(
                    "NOT contains(#event_ids, :event_id) AND "
                    "(attribute_not_exists(#sequence) OR #sequence < :most)"
                ),
                ExpressionAttributeNames={
                    f"#{name}": name
                    for name in ("sequence", "entries", "event_ids", "expires_at", *index)
                },
                ExpressionAttributeValues={
                    ":zero": {"N": "0"},
                    ":one": {"N": "1"},
                    ":most": {"N": str(MOST_ENTRIES)},
                    ":none": {"L": []},
                    ":entry": {
                        "L": [{"S": json.dumps(to_record(envelope), separators=(",", ":"))}]
                    },
                    ":event_id": {"S": envelope.event_id},
                    ":event_ids": {"SS": [envelope.event_id]},
                    ":expires_at": self._expires_at(),
                    **{f":{name}": {"S": value} for name, value in index.items()},
                },
                ReturnValues="UPDATED_NEW",
            )
        except self._client.exceptions.ConditionalCheckFailedException:
            return self._number_of(envelope), False
        return int(answer["Attributes"]["sequence"]["N"]), True

    def _index(self, transaction_id: TransactionId) -> dict[str, str]:
        if self._retains_for is None:
            return {}
        return RETAINED.attributes(transaction_id, self._now() + self._retains_for)

    def _expires_at(self) -> dict[str, str]:
        return {"N": str(int((self._now() + self._keeps_for).timestamp()))}

    def _number_of(self, envelope: Envelope) -> int:
        """Answers the number of an event that is there; a full journal is an operator's matter."""
        kept = [entry.event_id for entry in self.read(envelope.transaction_id)]
        if envelope.event_id not in kept:
            raise UnprocessableError(f"the journal is full: it holds {len(kept)} events")
        return kept.index(envelope.event_id) + 1

    def read(self, transaction_id: TransactionId) -> tuple[Envelope, ...]:
        """Answers the transaction's events by sequence number."""
        answer = self._client.get_item(
            TableName=self._table,
            Key={"transaction_id": {"S": transaction_id}},
            ConsistentRead=True,
            ProjectionExpression="entries",
        )
        return _entries(answer.get("Item", {}))

    def read_many(self, wanted: Iterable[TransactionId]) -> Mapping[TransactionId, Followed]:
        """Answers every one of these transactions, in one call for a hundred of them."""
        keys = [{"transaction_id": {"S": identity}} for identity in dict.fromkeys(wanted)]
        found = {key["transaction_id"]["S"]: Followed() for key in keys}
        for start in range(0, len(keys), MOST_KEYS):
            for item in self._batch(keys[start : start + MOST_KEYS]):
                followers = frozenset(item.get("followers", {"SS": ()})["SS"])
                found[item["transaction_id"]["S"]] = Followed(_entries(item), followers)
        return found

    def _batch(self, keys: list[dict[str, Any]]) -> list[dict[str, Any]]:
        request = {
            "Keys": keys,
            "ConsistentRead": True,
            "ProjectionExpression": "transaction_id, entries, followers",
        }
        answer = self._client.batch_get_item(RequestItems={self._table: request})
        if answer.get("UnprocessedKeys"):
            raise RetryLaterError("DynamoDB did not read every journal")
        return list(answer["Responses"].get(self._table, []))

    def follow(self, transaction_id: TransactionId, connection_id: str) -> None:
        """Adds a follower; an order of which nothing was heard yet gets its item by that."""
        try:
            self._client.update_item(
                TableName=self._table,
                Key={"transaction_id": {"S": transaction_id}},
                UpdateExpression=(
                    "SET #expires_at = if_not_exists(#expires_at, :expires_at) "
                    "ADD #followers :connections"
                ),
                ConditionExpression=(
                    "attribute_not_exists(#followers) OR size(#followers) < :most "
                    "OR contains(#followers, :connection)"
                ),
                ExpressionAttributeNames={"#followers": "followers", "#expires_at": "expires_at"},
                ExpressionAttributeValues={
                    ":connection": {"S": connection_id},
                    ":connections": {"SS": [connection_id]},
                    ":most": {"N": str(MOST_FOLLOWERS)},
                    ":expires_at": self._expires_at(),
                },
            )
        except self._client.exceptions.ConditionalCheckFailedException as error:
            raise TooManyError(f"{MOST_FOLLOWERS} connections follow this order") from error

    def unfollow(self, transaction_id: TransactionId, connection_id: str) -> None:
        """Takes a follower off; who follows not, or no such order, leaves no trace."""
        try:
            self._client.update_item(
                TableName=self._table,
                Key={"transaction_id": {"S": transaction_id}},
                UpdateExpression="DELETE #followers :connections",
                ConditionExpression="contains(#followers, :connection)",
                ExpressionAttributeNames={"#followers": "followers"},
                ExpressionAttributeValues={
                    ":connection": {"S": connection_id},
                    ":connections": {"SS": [connection_id]},
                },
            )
        except self._client.exceptions.ConditionalCheckFailedException:
            return

    def retained(self, until: datetime) -> Iterator[TransactionId]:
        """Answers the orders whose retained message is due to be cleared."""
        return RETAINED.due(self._client, self._table, until)

    def forget_retained(self, transaction_id: TransactionId, until: datetime) -> None:
        """Takes an order out of the index unless an event has moved its time meanwhile."""
        try:
            self._client.update_item(
                TableName=self._table,
                Key={"transaction_id": {"S": transaction_id}},
                UpdateExpression="REMOVE #shard, #at",
                ConditionExpression="#at <= :until",
                ExpressionAttributeNames={"#shard": RETAINED.shard, "#at": RETAINED.at},
                ExpressionAttributeValues={":until": {"S": sortable(until)}},
            )
        except self._client.exceptions.ConditionalCheckFailedException:
            return


def _entries(item: Mapping[str, Any]) -> tuple[Envelope, ...]:
    entries = item.get("entries", {"L": []})["L"]
    return tuple(from_record(json.loads(entry["S"])) for entry in entries)
