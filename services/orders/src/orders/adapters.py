"""orders' ports on AWS."""

from collections.abc import Iterable, Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

from orders.domain.checkout import Product
from orders.domain.order import Order
from shared import replay
from shared.clock import Clock
from shared.errors import RetryLaterError
from shared.ids import TransactionId
from shared.records import DynamoRecords, from_item, to_item
from shared.tokens import SigningKey, sign

SWEEP_INDEX = "open-by-sweep-at"
SWEEP_SHARDS = 4
"""Open orders are spread over so many partitions of the index."""
TOKEN_LIFETIME = timedelta(days=30)
KEY_CACHE = timedelta(minutes=5)
READ_ATTEMPTS = 3


def _moment(moment: datetime) -> str:
    """Answers a time whose text sorts as it does."""
    return moment.astimezone(UTC).isoformat(timespec="milliseconds")


def _sweep_index(order: Order) -> dict[str, Any]:
    if order.settled:
        return {}
    shard = int(order.transaction_id[:2], 16) % SWEEP_SHARDS
    return {"sweep_shard": str(shard), "sweep_at": _moment(order.next_sweep_at)}


class DynamoOrders(DynamoRecords[Order]):
    """Orders in DynamoDB; an unsettled one is in the sweep's index, a settled one isn't."""

    def __init__(self, client: Any, table: str) -> None:  # noqa: ANN401 - boto3 client
        super().__init__(client, table, Order, index=_sweep_index)

    def due(self, now: datetime) -> Iterator[TransactionId]:
        """Answers the unsettled orders whose time to be looked after has come."""
        pages = self.client.get_paginator("query")
        for shard in range(SWEEP_SHARDS):
            for page in pages.paginate(
                TableName=self.table,
                IndexName=SWEEP_INDEX,
                KeyConditionExpression="sweep_shard = :shard AND sweep_at <= :now",
                ExpressionAttributeValues={
                    ":shard": {"S": str(shard)},
                    ":now": {"S": _moment(now)},
                },
            ):
                for item in page["Items"]:
                    yield item["transaction_id"]["S"]


class DynamoCatalogue:
    """The copy of products in DynamoDB."""

    def __init__(self, client: Any, table: str) -> None:  # noqa: ANN401 - boto3 client
        self._client = client
        self._table = table

    def find(self, skus: Iterable[str]) -> dict[str, Product]:
        """Answers those products that are known, by SKU."""
        wanted: dict[str, Any] = {self._table: {"Keys": [{"sku": {"S": s}} for s in skus]}}
        found: list[Product] = []
        for _ in range(READ_ATTEMPTS):
            answer = self._client.batch_get_item(RequestItems=wanted)
            items = answer["Responses"].get(self._table, [])
            found += [Product.model_validate(from_item(item)) for item in items]
            wanted = answer.get("UnprocessedKeys") or {}
            if not wanted:
                return {product.sku: product for product in found}
        raise RetryLaterError("the catalogue did not answer for every product")

    def keep(self, product: Product) -> bool:
        """Keeps the product unless as new a version is known; answers whether it was news."""
        replay.refuse("writing the catalogue")
        try:
            self._client.put_item(
                TableName=self._table,
                Item=to_item(product.model_dump(mode="json")),
                ConditionExpression="attribute_not_exists(sku) OR #version < :version",
                ExpressionAttributeNames={"#version": "version"},
                ExpressionAttributeValues={":version": {"N": str(product.version)}},
            )
        except self._client.exceptions.ConditionalCheckFailedException:
            return False
        return True


class ParameterSigner:
    """Signs with the private key in an SSM parameter, read again every five minutes."""

    def __init__(self, client: Any, parameter: str, now: Clock) -> None:  # noqa: ANN401
        self._client = client
        self._parameter = parameter
        self._now = now
        self._key: tuple[datetime, SigningKey] | None = None

    def sign(self, transaction_id: TransactionId, issued_at: datetime) -> str:
        """Answers the token of a transaction: the same for the same moment."""
        return sign(self._current(), transaction_id, issued_at=issued_at, lifetime=TOKEN_LIFETIME)

    def _current(self) -> SigningKey:
        if self._key is None or self._now() - self._key[0] > KEY_CACHE:
            answer = self._client.get_parameter(Name=self._parameter, WithDecryption=True)
            self._key = (self._now(), SigningKey.from_parameter(answer["Parameter"]["Value"]))
        return self._key[1]
