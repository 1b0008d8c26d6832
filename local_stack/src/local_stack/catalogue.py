"""The small catalogue that a new stack starts with."""

import json
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from local_stack.aws import Aws
from local_stack.errors import DeployError

if TYPE_CHECKING:
    from mypy_boto3_dynamodb.client import DynamoDBClient

KNOWN_SECONDS = 30.0
POLL_SECONDS = 0.1


@dataclass(frozen=True)
class Product:
    """One product of the catalogue; prices in minor units of the euro."""

    sku: str
    name: str
    price: int
    stock: int


PRODUCTS = (
    Product("TEA-EARL-GREY", "Earl Grey, 100 g", 1250, 100_000),
    Product("MUG-BLUE", "Blue mug", 1800, 100_000),
    Product("KETTLE-STEEL", "Steel kettle", 6400, 500),
    Product("LAST-ONE", "Star teapot, the only one", 9900, 1),
    Product("SCARCE", "Spring green tea, 50 g", 4500, 3),
    Product("SOLD-OUT", "Oat biscuits", 2000, 0),
)


def seed(aws: Aws, stage: str) -> int:
    """Sets the products that inventory doesn't know; answers how many once orders knows all.

    What is known keeps its price and stock: they are yesterday's.
    """
    known = _skus(aws.dynamodb, f"orderbus-{stage}-inventory-products")
    missing = [product for product in PRODUCTS if product.sku not in known]
    for product in missing:
        set_product(aws, stage, product)
    _wait_until_orders_knows(aws, stage)
    return len(missing)


def set_product(aws: Aws, stage: str, product: Product) -> None:
    """Sets a product in inventory as an operator does."""
    payload = {
        "sku": product.sku,
        "name": product.name,
        "unit_price": {"amount": product.price, "currency": "EUR"},
        "stock": product.stock,
    }
    answer = aws.functions.invoke(
        FunctionName=f"orderbus-{stage}-inventory-set-product", Payload=json.dumps(payload)
    )
    if "FunctionError" in answer:
        reason = answer["Payload"].read().decode()
        raise DeployError(f"Seeding {product.sku} failed: {reason}")


def _wait_until_orders_knows(aws: Aws, stage: str) -> None:
    wanted = {product.sku for product in PRODUCTS}
    table = f"orderbus-{stage}-orders-catalogue"
    deadline = time.monotonic() + KNOWN_SECONDS
    while missing := wanted - _skus(aws.dynamodb, table):
        if time.monotonic() > deadline:
            names = ", ".join(sorted(missing))
            raise DeployError(f"inventory's products never reached {table}: {names}")
        time.sleep(POLL_SECONDS)


def _skus(dynamodb: "DynamoDBClient", table: str) -> set[str]:
    pages: Any = dynamodb.get_paginator("scan").paginate(TableName=table, ConsistentRead=True)
    return {item["sku"]["S"] for page in pages for item in page["Items"] if "sku" in item}
