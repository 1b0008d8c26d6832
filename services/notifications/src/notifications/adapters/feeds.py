"""Products as last announced in DynamoDB, and who follows them or the operators' feed."""

from collections.abc import Iterator, Mapping
from datetime import datetime, timedelta
from typing import Any

from notifications.adapters.connections import LONGEST_CONNECTION
from notifications.domain.feeds import OPERATIONS, Feed, Kind
from notifications.domain.product import Product
from notifications.ports import Announced
from shared import replay
from shared.clock import Clock
from shared.records import DOCUMENT

STATE = "#state"
"""The member of a product's feed that is no connection but the product itself."""
OPERATORS_KEPT = timedelta(seconds=5)


class DynamoFeeds:
    """One partition a feed: an item for each follower, and one for a product's state."""

    def __init__(self, client: Any, table: str, now: Clock) -> None:  # noqa: ANN401 - boto3 client
        self._client = client
        self._table = table
        self._now = now
        self._operators: tuple[datetime, frozenset[str]] | None = None

    def announce(self, product: Product) -> Announced:
        """Keeps the newest version in one conditional write."""
        replay.refuse("writing a product")
        before = self._state(product.sku)
        if before is not None and _number(before, "version") >= product.version:
            same = _number(before, "version") == product.version
            return Announced(same, turned=_number(before, "turned_by") == product.version)
        turned = before is not None and _product(before).in_stock != product.in_stock
        turned_by = 0 if before is None else _number(before, "turned_by")
        try:
            self._put(product, turned_by=product.version if turned else turned_by)
        except self._client.exceptions.ConditionalCheckFailedException:
            return self.announce(product)  # another version came between; versions only grow
        return Announced(is_newest=True, turned=turned)

    def _state(self, sku: str) -> Mapping[str, Any] | None:
        answer: Mapping[str, Any] = self._client.get_item(
            TableName=self._table,
            Key=_key(Feed(Kind.PRODUCT, sku), STATE),
            ConsistentRead=True,
        )
        item: Mapping[str, Any] | None = answer.get("Item")
        return item

    def _put(self, product: Product, *, turned_by: int) -> None:
        self._client.put_item(
            TableName=self._table,
            Item=_key(Feed(Kind.PRODUCT, product.sku), STATE)
            | {
                "version": {"N": str(product.version)},
                "turned_by": {"N": str(turned_by)},
                DOCUMENT: {"S": product.model_dump_json()},
            },
            ConditionExpression="attribute_not_exists(#version) OR #version < :version",
            ExpressionAttributeNames={"#version": "version"},
            ExpressionAttributeValues={":version": {"N": str(product.version)}},
        )

    def product(self, sku: str) -> tuple[Product | None, frozenset[str]]:
        """Answers a product and its followers in one consistent query."""
        product: Product | None = None
        followers: set[str] = set()
        for item in self._members(Feed(Kind.PRODUCT, sku)):
            if item["member"]["S"] == STATE:
                product = _product(item)
            else:
                followers.add(item["member"]["S"])
        return product, frozenset(followers)

    def operators(self) -> frozenset[str]:
        """Answers the followers of everything, read again every five seconds."""
        now = self._now()
        if self._operators is None or now - self._operators[0] > OPERATORS_KEPT:
            found = frozenset(item["member"]["S"] for item in self._members(OPERATIONS))
            self._operators = now, found
        return self._operators[1]

    def _members(self, feed: Feed) -> Iterator[Mapping[str, Any]]:
        pages = self._client.get_paginator("query").paginate(
            TableName=self._table,
            KeyConditionExpression="#feed = :feed",
            ExpressionAttributeNames={"#feed": "feed"},
            ExpressionAttributeValues={":feed": {"S": str(feed)}},
            ConsistentRead=True,
        )
        return (item for page in pages for item in page["Items"])

    def follow(self, feed: Feed, connection_id: str) -> None:
        """Adds a follower, for as long as a connection may last."""
        expires_at = int((self._now() + LONGEST_CONNECTION).timestamp())
        self._client.put_item(
            TableName=self._table,
            Item=_key(feed, connection_id) | {"expires_at": {"N": str(expires_at)}},
        )

    def unfollow(self, feed: Feed, connection_id: str) -> None:
        """Takes a follower off."""
        self._client.delete_item(TableName=self._table, Key=_key(feed, connection_id))


def _key(feed: Feed, member: str) -> dict[str, Any]:
    return {"feed": {"S": str(feed)}, "member": {"S": member}}


def _number(item: Mapping[str, Any], name: str) -> int:
    return int(item[name]["N"])


def _product(item: Mapping[str, Any]) -> Product:
    return Product.model_validate_json(item[DOCUMENT]["S"])
