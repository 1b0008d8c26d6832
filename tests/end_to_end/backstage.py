"""What the tests read behind the scenes: stock and the sandbox provider's own books."""

import base64
import hashlib
import hmac
import json
import time
from collections import Counter
from dataclasses import dataclass
from typing import Any
from uuid import uuid4

from shop import until

from local_stack import catalogue, event_sources
from local_stack.aws import Aws
from local_stack.catalogue import Product

OWN = "A test's own"


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

    def new_product(self, *, stock: int, price: int, name: str = OWN) -> str:
        """Makes a product of its own for a test and answers its SKU once orders knows it."""
        sku = f"TEST-{uuid4().hex[:8].upper()}"
        self.set_price(sku, price, stock=stock, name=name)
        until(lambda: self.known_price(sku), bool, within=60, what="known to orders")
        return sku

    def set_price(self, sku: str, price: int, *, stock: int, name: str = OWN) -> None:
        """Sets a product as an operator does."""
        catalogue.set_product(self.aws, self.stage, Product(sku, name, price, stock))

    def known_price(self, sku: str) -> int | None:
        """Answers the price that orders knows of."""
        answer = self.aws.dynamodb.get_item(
            TableName=f"orderbus-{self.stage}-orders-catalogue", Key={"sku": {"S": sku}}
        )
        if "Item" not in answer:
            return None
        return int(json.loads(answer["Item"]["document"]["S"])["unit_price"]["amount"])

    def orders_of(self, sku: str) -> list[str]:
        """Answers the transaction of every order that has a line with the SKU."""
        pages = self.aws.dynamodb.get_paginator("scan").paginate(
            TableName=f"orderbus-{self.stage}-orders-orders", ConsistentRead=True
        )
        items = [item for page in pages for item in page["Items"]]
        return [item["transaction_id"]["S"] for item in items if sku in json.dumps(item)]

    def restart(self, *functions: str) -> None:
        """Ends the idle workers of some functions, so that the next ones read everything anew."""
        event_sources.wait_until_idle(self.aws, 60)
        for function in functions:
            name = f"orderbus-{self.stage}-{function}"
            timeout = self.aws.functions.get_function_configuration(FunctionName=name)["Timeout"]
            self.aws.functions.update_function_configuration(FunctionName=name, Timeout=timeout)

    def webhook_secret(self) -> str:
        """Answers the secret that the payment provider signs its notices with."""
        name = f"/orderbus/{self.stage}/payments/webhook-secret"
        return self.aws.ssm.get_parameter(Name=name, WithDecryption=True)["Parameter"]["Value"]

    def signed_notice(self, document: dict[str, str]) -> tuple[bytes, dict[str, str]]:
        """Answers the body and the headers of a notice as the payment provider sends it."""
        secret, body = self.webhook_secret(), json.dumps(document).encode()
        identity, sent_at = f"msg_{uuid4().hex}", str(int(time.time()))
        signed = f"{identity}.{sent_at}.".encode() + body
        digest = hmac.new(secret.encode(), signed, hashlib.sha256).digest()
        return body, {
            "webhook-id": identity,
            "webhook-timestamp": sent_at,
            "webhook-signature": f"v1,{base64.b64encode(digest).decode()}",
        }

    def waiting(self) -> int:
        """Answers how many messages wait, or are worked on, in all inbox queues."""
        counts = "ApproximateNumberOfMessages", "ApproximateNumberOfMessagesNotVisible"
        total = 0
        for url in self.aws.sqs.list_queues(QueueNamePrefix=f"orderbus-{self.stage}")["QueueUrls"]:
            if url.endswith("-inbox"):
                answer = self.aws.sqs.get_queue_attributes(QueueUrl=url, AttributeNames=["All"])
                total += sum(int(answer["Attributes"][name]) for name in counts)
        return total

    def provider(self, transaction_id: str) -> list[str]:
        """Answers the statuses of every payment that the sandbox holds for a transaction."""
        return [p["status"] for p in self._payments() if p["transaction_id"] == transaction_id]

    def provider_totals(self) -> Counter[str]:
        """Answers how many payments the sandbox holds in each status."""
        return Counter(p["status"] for p in self._payments())

    def captured(self) -> int:
        """Answers the money that the sandbox has handed over, in minor units."""
        return sum(p["amount"] for p in self._payments() if p["status"] == "captured")

    def _payments(self) -> list[dict[str, Any]]:
        pages = self.aws.dynamodb.get_paginator("scan").paginate(
            TableName=f"orderbus-{self.stage}-payments-sandbox", ConsistentRead=True
        )
        items = [item for page in pages for item in page["Items"]]
        payments = [i for i in items if i["pk"]["S"].startswith("payment#")]
        return [json.loads(item["document"]["S"]) for item in payments]
