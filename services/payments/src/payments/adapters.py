"""payments' ports on AWS."""

from dataclasses import dataclass
from typing import Any

from payments.books import Entry
from payments.domain.payment import Payment
from payments.switches import UNTOUCHED, Switches
from shared import replay
from shared.records import DOCUMENT, DynamoRecords

SWITCHES = {"pk": {"S": "switches"}}
"""The key of the switches in the sandbox's table."""


def payments(client: Any, table: str) -> DynamoRecords[Payment]:  # noqa: ANN401 - boto3 client
    """Answers payments in a DynamoDB table."""
    return DynamoRecords(client, table, Payment)


def sandbox_books(client: Any, table: str) -> DynamoRecords[Entry]:  # noqa: ANN401 - boto3 client
    """Answers the sandbox provider's books in a DynamoDB table of their own."""
    return DynamoRecords(client, table, Entry, key="pk")


@dataclass(frozen=True)
class DynamoSwitchboard:
    """The sandbox provider's switches: one item beside its books."""

    client: Any
    table: str

    def read(self) -> Switches:
        """Answers the switches as they were turned last (a consistent read)."""
        answer = self.client.get_item(TableName=self.table, Key=SWITCHES, ConsistentRead=True)
        item = answer.get("Item")
        return UNTOUCHED if item is None else Switches.model_validate_json(item[DOCUMENT]["S"])

    def turn(self, switches: Switches) -> None:
        """Turns the switches; of two who do so at once the last one wins."""
        replay.refuse("turning the sandbox's switches")
        item = {**SWITCHES, DOCUMENT: {"S": switches.model_dump_json()}}
        self.client.put_item(TableName=self.table, Item=item)
