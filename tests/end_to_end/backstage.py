"""What the tests read behind the scenes: stock and the sandbox provider's own books."""

from collections import Counter
from dataclasses import dataclass
from typing import Any

from local_stack.aws import Aws


@dataclass(frozen=True)
class Stock:
    """One product's pieces."""

    available: int
    reserved: int
    sold: int


@dataclass(frozen=True)
class Backstage:
    """The tables of one stage, read as the root user."""

    aws: Aws
    stage: str = "dev"

    def stock(self, sku: str) -> Stock:
        """Answers where the pieces of a SKU are."""
        item = self.aws.dynamodb.get_item(
            TableName=f"orderbus-{self.stage}-inventory-products",
            Key={"sku": {"S": sku}},
            ConsistentRead=True,
        )["Item"]
        return Stock(*(int(item[name]["N"]) for name in ("available", "reserved", "sold")))

    def provider(self, transaction_id: str) -> list[str]:
        """Answers the statuses of every payment that the sandbox holds for a transaction."""
        return [
            p["status"]["S"] for p in self._payments() if p["transaction_id"]["S"] == transaction_id
        ]

    def provider_totals(self) -> Counter[str]:
        """Answers how many payments the sandbox holds in each status."""
        return Counter(p["status"]["S"] for p in self._payments())

    def captured(self) -> int:
        """Answers the money that the sandbox has handed over, in minor units."""
        return sum(
            int(p["amount"]["N"]) for p in self._payments() if p["status"]["S"] == "captured"
        )

    def _payments(self) -> list[dict[str, Any]]:
        pages = self.aws.dynamodb.get_paginator("scan").paginate(
            TableName=f"orderbus-{self.stage}-payments-sandbox", ConsistentRead=True
        )
        return [i for page in pages for i in page["Items"] if i["pk"]["S"].startswith("payment#")]
