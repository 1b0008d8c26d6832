"""notifications' journal on DynamoDB."""

import json
from datetime import timedelta
from typing import Any

from shared import replay
from shared.clock import Clock
from shared.errors import UnprocessableError
from shared.events import Envelope
from shared.history import from_record, to_record
from shared.ids import TransactionId

MOST_ENTRIES = 400
"""Of half a kilobyte each they stay well below an item's 400 KB; an order has about ten."""


class DynamoJournal:
    """One item a transaction: its events, their ids and their count grow in one update."""

    def __init__(
        self,
        client: Any,  # noqa: ANN401 - boto3 client
        table: str,
        now: Clock,
        *,
        keeps_for: timedelta,
    ) -> None:
        self._client = client
        self._table = table
        self._now = now
        self._keeps_for = keeps_for

    def append(self, envelope: Envelope) -> int | None:
        """Keeps an event in one conditional write."""
        replay.refuse("writing the journal")
        expires_at = int((self._now() + self._keeps_for).timestamp())
        try:
            answer = self._client.update_item(
                TableName=self._table,
                Key={"transaction_id": {"S": envelope.transaction_id}},
                UpdateExpression=(
                    "SET #sequence = if_not_exists(#sequence, :zero) + :one, "
                    "#entries = list_append(if_not_exists(#entries, :none), :entry), "
                    "#expires_at = :expires_at ADD #event_ids :event_ids"
                ),
                ConditionExpression=(
                    "NOT contains(#event_ids, :event_id) AND "
                    "(attribute_not_exists(#sequence) OR #sequence < :most)"
                ),
                ExpressionAttributeNames={
                    "#sequence": "sequence",
                    "#entries": "entries",
                    "#event_ids": "event_ids",
                    "#expires_at": "expires_at",
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
                    ":expires_at": {"N": str(expires_at)},
                },
                ReturnValues="UPDATED_NEW",
            )
        except self._client.exceptions.ConditionalCheckFailedException:
            self._check_kept(envelope)
            return None
        return int(answer["Attributes"]["sequence"]["N"])

    def _check_kept(self, envelope: Envelope) -> None:
        """Returns for an event that is there already; a full journal is an operator's matter."""
        kept = self.read(envelope.transaction_id)
        if envelope.event_id not in {entry.event_id for entry in kept}:
            raise UnprocessableError(f"the journal is full: it holds {len(kept)} events")

    def read(self, transaction_id: TransactionId) -> tuple[Envelope, ...]:
        """Answers the transaction's events by sequence number."""
        answer = self._client.get_item(
            TableName=self._table,
            Key={"transaction_id": {"S": transaction_id}},
            ConsistentRead=True,
            ProjectionExpression="entries",
        )
        entries = answer.get("Item", {}).get("entries", {"L": []})["L"]
        return tuple(from_record(json.loads(entry["S"])) for entry in entries)
