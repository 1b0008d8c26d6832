"""orders' ports on AWS."""

from collections.abc import Callable, Iterable, Iterator
from datetime import datetime, timedelta
from typing import Any

from orders.domain.checkout import Product
from orders.domain.order import Order
from shared import replay
from shared.due import DueIndex
from shared.errors import RetryLaterError
from shared.ids import TransactionId
from shared.records import DOCUMENT, DynamoRecords
from shared.tokens import SigningKey, sign

SWEEP_INDEX = DueIndex("open-by-sweep-at", shard="sweep_shard", at="sweep_at")
TOKEN_LIFETIME = timedelta(days=30)
READ_ATTEMPTS = 3


def _sweep_index(order: Order) -> dict[str, str]:
    if order.at_rest:
        return {}
    return SWEEP_INDEX.attributes(order.transaction_id, order.next_sweep_at)


class DynamoOrders(DynamoRecords[Order]):
    """Orders in DynamoDB; one is in the sweep's index until it is at rest."""

    def __init__(self, client: Any, table: str) -> None:  # noqa: ANN401 - boto3 client
        super().__init__(client, table, Order, index=_sweep_index)

    def due(self, now: datetime) -> Iterator[TransactionId]:
        """Answers the orders, not at rest, whose time to be looked after has come."""
        return SWEEP_INDEX.due(self.client, self.table, now)


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
            found += [Product.model_validate_json(item[DOCUMENT]["S"]) for item in items]
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
                Item={
                    "sku": {"S": product.sku},
                    "version": {"N": str(product.version)},
                    DOCUMENT: {"S": product.model_dump_json()},
                },
                ConditionExpression="attribute_not_exists(sku) OR #version < :version",
                ExpressionAttributeNames={"#version": "version"},
                ExpressionAttributeValues={":version": {"N": str(product.version)}},
            )
        except self._client.exceptions.ConditionalCheckFailedException:
            return False
        return True


class KeySigner:
    """Signs with the private key in a parameter."""

    def __init__(self, key: Callable[[], str]) -> None:
        self._key = key

    def sign(self, transaction_id: TransactionId, issued_at: datetime) -> str:
        """Answers the token of a transaction: the same for the same moment."""
        key = SigningKey.from_parameter(self._key())
        return sign(key, transaction_id, issued_at=issued_at, lifetime=TOKEN_LIFETIME)
