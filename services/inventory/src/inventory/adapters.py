"""inventory's ports on DynamoDB."""

import random
import time
from collections.abc import Iterable, Iterator
from datetime import datetime
from typing import Any

from botocore.exceptions import ClientError

from inventory.domain.decide import Step
from inventory.domain.moves import Move, Place
from inventory.domain.product import Product
from inventory.domain.reservation import Reservation, Status
from inventory.ports import ShortStockError
from shared import replay
from shared.due import DueIndex
from shared.errors import ConflictError, RetryLaterError, UnprocessableError
from shared.ids import TransactionId
from shared.records import DynamoRecords, from_item, is_error, to_item, to_value

EXPIRY_INDEX = DueIndex("by-expiry", shard="expiry_shard", at="expires")
UNTOLD_INDEX = "unannounced"
UNTOLD = "yes"
READ_ATTEMPTS = 3
CONFLICT_PAUSE = 0.05
"""Seconds at most before a transaction that met another one on a hot product is tried again."""


def _expiry_index(reservation: Reservation) -> dict[str, str]:
    if reservation.status is not Status.RESERVED or reservation.expires_at is None:
        return {}
    return EXPIRY_INDEX.attributes(reservation.transaction_id, reservation.expires_at)


class DynamoStock(DynamoRecords[Reservation]):
    """Reservations in one table, the products whose pieces they move in another."""

    def __init__(self, client: Any, reservations: str, products: str) -> None:  # noqa: ANN401
        super().__init__(client, reservations, Reservation, index=_expiry_index)
        self._products = products

    def commit(self, step: Step) -> None:
        """Commits the reservation and all moves in one transaction."""
        if not step.moves:
            self.save(step.reservation)
            return
        replay.refuse("moving stock")
        writes = [{"Put": self.put(step.reservation)}]
        writes += [{"Update": self._update(move)} for move in step.moves]
        try:
            self.client.transact_write_items(TransactItems=writes)
        except self.client.exceptions.TransactionCanceledException as error:
            raise _refusal(error, step) from error

    def _update(self, move: Move) -> dict[str, Any]:
        return {
            "TableName": self._products,
            "Key": {"sku": {"S": move.line.sku}},
            "UpdateExpression": "SET #from = #from - :quantity, #to = #to + :quantity",
            "ConditionExpression": "#from >= :quantity",
            "ExpressionAttributeNames": {"#from": move.source.value, "#to": move.target.value},
            "ExpressionAttributeValues": {":quantity": {"N": str(move.line.quantity)}},
        }

    def expired(self, now: datetime) -> Iterator[TransactionId]:
        """Answers the transactions whose reservation's time is over."""
        return EXPIRY_INDEX.due(self.client, self.table, now)


def _refusal(error: ClientError, step: Step) -> Exception:
    """Answers what a cancelled transaction means, by its reasons (one per write, in order)."""
    reasons = [reason.get("Code") for reason in error.response.get("CancellationReasons", [])]
    refused = [code == "ConditionalCheckFailed" for code in reasons]
    if not any(refused):
        # Another transaction was on the same item, or the table throttled: nothing was decided.
        time.sleep(random.uniform(0, CONFLICT_PAUSE))  # noqa: S311 - jitter
        return ConflictError(f"the transaction was cancelled: {reasons}")
    if refused[0]:
        return ConflictError("another writer was faster")
    moves = [move for move, short in zip(step.moves, refused[1:], strict=True) if short]
    if any(move.source is not Place.AVAILABLE for move in moves):
        return UnprocessableError(f"the books don't hold what is to be moved: {moves}")
    return ShortStockError(tuple(move.line.sku for move in moves))


class DynamoProducts:
    """Products in DynamoDB."""

    def __init__(self, client: Any, table: str) -> None:  # noqa: ANN401 - boto3 client
        self._client = client
        self._table = table

    def find(self, skus: Iterable[str]) -> dict[str, Product]:
        """Answers those products that exist, as last committed, by SKU."""
        keys = [{"sku": {"S": sku}} for sku in dict.fromkeys(skus)]
        wanted: dict[str, Any] = {self._table: {"Keys": keys, "ConsistentRead": True}}
        found: list[Product] = []
        for _ in range(READ_ATTEMPTS if keys else 0):
            answer = self._client.batch_get_item(RequestItems=wanted)
            found += [_product(item) for item in answer["Responses"].get(self._table, [])]
            wanted = answer.get("UnprocessedKeys") or {}
            if not wanted:
                break
        if keys and wanted:
            raise RetryLaterError("the table did not answer for every product")
        return {product.sku: product for product in found}

    def create(self, product: Product) -> bool:
        """Keeps a new product, marked as not yet told; False when there is one already."""
        replay.refuse("writing a product")
        item = to_item(product.model_dump(mode="json") | {"unannounced": UNTOLD})
        return self._try(
            self._client.put_item, Item=item, ConditionExpression="attribute_not_exists(sku)"
        )

    def change(self, product: Product, *, previous: Product) -> bool:
        """Keeps a product's change, marked as not yet told; False when another was faster."""
        replay.refuse("writing a product")
        told = {"name", "unit_price", "version", "announced_at_most"}
        values = product.model_dump(mode="json", include=told) | {"unannounced": UNTOLD}
        least, most = previous.band
        if product.available != previous.available:
            values["available"] = product.available
            least = most = previous.available
        names = (*values, "available")
        given = {f":{name}": to_value(value) for name, value in values.items()}
        bounds = {":was": previous.version, ":least": least, ":most": most}
        return self._try(
            self._client.update_item,
            Key={"sku": {"S": product.sku}},
            UpdateExpression="SET " + ", ".join(f"#{name} = :{name}" for name in values),
            ConditionExpression="#version = :was AND #available >= :least AND #available <= :most",
            ExpressionAttributeNames={f"#{name}": name for name in names},
            ExpressionAttributeValues=given | {k: to_value(v) for k, v in bounds.items()},
        )

    def told(self, product: Product) -> None:
        """Takes the mark off, unless the product has changed since."""
        replay.refuse("writing a product")
        self._try(
            self._client.update_item,
            Key={"sku": {"S": product.sku}},
            UpdateExpression="REMOVE unannounced",
            ConditionExpression="#version = :version",
            ExpressionAttributeNames={"#version": "version"},
            ExpressionAttributeValues={":version": {"N": str(product.version)}},
        )

    def _try(self, write: Any, **arguments: Any) -> bool:  # noqa: ANN401 - a boto3 method
        try:
            write(TableName=self._table, **arguments)
        except ClientError as error:
            if is_error(error, "ConditionalCheckFailedException"):
                return False
            raise
        return True

    def untold(self) -> Iterator[str]:
        """Answers the SKUs of products whose last change may not have been told."""
        for page in self._client.get_paginator("query").paginate(
            TableName=self._table,
            IndexName=UNTOLD_INDEX,
            KeyConditionExpression="unannounced = :yes",
            ExpressionAttributeValues={":yes": {"S": UNTOLD}},
        ):
            for item in page["Items"]:
                yield item["sku"]["S"]

    def page(self, cursor: str | None, limit: int) -> tuple[list[Product], str | None]:
        """Answers some products, and the cursor of the next page (None: that was all)."""
        start = {"ExclusiveStartKey": {"sku": {"S": cursor}}} if cursor else {}
        answer = self._client.scan(TableName=self._table, Limit=limit, **start)
        last = answer.get("LastEvaluatedKey")
        return [_product(item) for item in answer["Items"]], last["sku"]["S"] if last else None


def _product(item: dict[str, Any]) -> Product:
    return Product.model_validate(from_item(item))
