"""Records in DynamoDB: one item per aggregate, one conditional write per step.

A record is one JSON text beside its key, its version and what indexes need: typed attributes cost
ten times the time of a function, and nothing looks inside a record but its own service.
"""

from collections.abc import Callable, Iterator
from decimal import Decimal
from typing import Any, Generic, Protocol, TypeVar

from boto3.dynamodb.types import TypeDeserializer, TypeSerializer
from botocore.exceptions import ClientError

from shared import replay
from shared.errors import ConflictError
from shared.history import Record

R = TypeVar("R", bound=Record)


DOCUMENT = "document"
"""The attribute that holds a record as JSON."""


class Records(Protocol[R]):
    """Where a service keeps its records of one kind."""

    def load(self, key: str) -> R | None:
        """Answers the record as last committed, or None."""

    def save(self, record: R) -> None:
        """Commits a step: `record` carries the version that was loaded (0: it is new).

        Raises ConflictError, changing nothing, when another writer was faster.
        """


class _Integers(TypeDeserializer):
    """Reads numbers as int: no record holds another kind."""

    def _deserialize_n(self, value: str) -> Any:  # noqa: ANN401 - the base class's signature
        return int(Decimal(value))


_serializer, _deserializer = TypeSerializer(), _Integers()


def to_value(value: object) -> dict[str, Any]:
    """Answers a JSON value as a DynamoDB attribute value; None is a NULL."""
    return dict(_serializer.serialize(value))


def to_item(document: dict[str, Any]) -> dict[str, Any]:
    """Answers a JSON document as a DynamoDB item; absent values (None) are left out."""
    return {k: to_value(v) for k, v in document.items() if v is not None}


def from_item(item: dict[str, Any]) -> dict[str, Any]:
    """Answers a DynamoDB item as a JSON document."""
    return {k: _deserializer.deserialize(v) for k, v in item.items()}


def is_error(error: ClientError, code: str) -> bool:
    """Answers whether AWS refused with this error code."""
    return error.response.get("Error", {}).get("Code") == code


class DynamoRecords(Generic[R]):
    """Records in one DynamoDB table, by one string key.

    `index` answers further attributes for the table's indexes (None: out of the index).
    """

    def __init__(
        self,
        client: Any,  # noqa: ANN401 - boto3 client
        table: str,
        model: type[R],
        *,
        key: str = "transaction_id",
        index: Callable[[R], dict[str, str]] = lambda _record: {},
    ) -> None:
        self.client = client
        self.table = table
        self._model = model
        self._key = key
        self._index = index

    def load(self, key: str) -> R | None:
        """Answers the record as last committed (a consistent read), or None."""
        answer = self.client.get_item(
            TableName=self.table, Key={self._key: {"S": key}}, ConsistentRead=True
        )
        item = answer.get("Item")
        return None if item is None else self._record(item)

    def every(self) -> Iterator[R]:
        """Answers all records, page by page and in no order: an operator's look, not a step's."""
        pages = self.client.get_paginator("scan").paginate(TableName=self.table)
        return (self._record(item) for page in pages for item in page["Items"])

    def _record(self, item: dict[str, Any]) -> R:
        return self._model.model_validate_json(item[DOCUMENT]["S"])

    def save(self, record: R) -> None:
        """Commits a step in one conditional write."""
        replay.refuse("writing a record")
        try:
            self.client.put_item(**self.put(record))
        except self.client.exceptions.ConditionalCheckFailedException as error:
            raise ConflictError(f"{self.table}: another writer was faster") from error

    def put(self, record: R) -> dict[str, Any]:
        """Answers the write that commits `record`, also as a part of a transaction."""
        kept = record.model_copy(update={"version": record.version + 1})
        item = {name: {"S": value} for name, value in self._index(record).items()}
        item[self._key] = {"S": getattr(record, self._key)}
        item["version"] = {"N": str(kept.version)}
        item[DOCUMENT] = {"S": kept.model_dump_json(exclude_none=True)}
        write: dict[str, Any] = {"TableName": self.table, "Item": item}
        if record.version == 0:
            return write | {
                "ConditionExpression": "attribute_not_exists(#key)",
                "ExpressionAttributeNames": {"#key": self._key},
            }
        return write | {
            "ConditionExpression": "#version = :version",
            "ExpressionAttributeNames": {"#version": "version"},
            "ExpressionAttributeValues": {":version": {"N": str(record.version)}},
        }
