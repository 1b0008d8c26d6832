"""The same cases for orders and the catalogue in memory and on DynamoDB."""

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import boto3
import pytest
from events import euros
from fakes_orders import FakeCatalogue, FakeOrders
from fakes_shared import NOON, TRANSACTION, FakeClock
from moto import mock_aws
from tables import create
from told import AUTHORIZED, CAPTURED, COMMITTED, RESERVED, Told

from local_stack.signing_keys import new_pair
from orders.adapters import DynamoCatalogue, DynamoOrders, ParameterSigner
from orders.domain.checkout import Product
from orders.ports import Catalogue, Orders
from shared import replay
from shared.errors import ConflictError, ReplayRefusedError
from shared.tokens import PublicKeys, verify

OTHER = "f" + TRANSACTION[1:]


@pytest.fixture(params=["memory", "dynamodb"])
def orders(request: pytest.FixtureRequest) -> Iterator[Orders]:
    if request.param == "memory":
        yield FakeOrders()
        return
    with mock_aws():
        client = boto3.client("dynamodb", "eu-central-1")
        yield DynamoOrders(client, create(client, "orders", "OrdersTable"))


@pytest.fixture(params=["memory", "dynamodb"])
def catalogue(request: pytest.FixtureRequest) -> Iterator[Catalogue]:
    if request.param == "memory":
        yield FakeCatalogue()
        return
    with mock_aws():
        client = boto3.client("dynamodb", "eu-central-1")
        yield DynamoCatalogue(client, create(client, "orders", "CatalogueTable"))


def _product(version: int, price: int = 100, most: int | None = None) -> Product:
    return Product(
        sku="A", name="A", unit_price=euros(price), version=version, available_at_most=most
    )


def test_an_order_comes_back_with_all_that_was_said_and_published(orders: Orders) -> None:
    order = Told(RESERVED, AUTHORIZED).known
    orders.save(order)
    assert orders.load(TRANSACTION) == order.model_copy(update={"version": 1})


def test_an_order_is_placed_once(orders: Orders) -> None:
    orders.save(Told().known)
    with pytest.raises(ConflictError):
        orders.save(Told().known)


def test_an_unsettled_order_is_due_at_its_time(orders: Orders) -> None:
    orders.save(Told().known)
    orders.save(Told().known.model_copy(update={"transaction_id": OTHER}))
    assert list(orders.due(NOON + timedelta(seconds=29))) == []
    due = orders.due(NOON + timedelta(seconds=30))
    assert sorted(due) == sorted([TRANSACTION, OTHER])


def test_a_settled_order_is_never_due(orders: Orders) -> None:
    orders.save(Told().known)
    settled = Told(RESERVED, AUTHORIZED, CAPTURED, COMMITTED).known
    assert settled.settled
    orders.save(settled.model_copy(update={"version": 1}))
    assert list(orders.due(NOON + timedelta(days=9))) == []


def test_a_product_is_found_as_it_was_last_told(catalogue: Catalogue) -> None:
    assert catalogue.keep(_product(1))
    assert catalogue.keep(_product(3, price=300, most=4))
    assert not catalogue.keep(_product(2, price=200))
    assert not catalogue.keep(_product(3, price=999))
    assert catalogue.find(["A", "B"]) == {"A": _product(3, price=300, most=4)}


def test_the_catalogue_is_not_written_on_behalf_of_a_replayed_event() -> None:
    with mock_aws(), replay.handling("drill"), pytest.raises(ReplayRefusedError):
        DynamoCatalogue(boto3.client("dynamodb", "eu-central-1"), "none").keep(_product(1))


class CountingParameters:
    """SSM as far as the signer uses it."""

    def __init__(self) -> None:
        self.private, self.public = new_pair()
        self.reads = 0

    def get_parameter(self, **asked: Any) -> dict[str, Any]:  # noqa: ANN401 - boto3's form
        assert asked["WithDecryption"]
        self.reads += 1
        return {"Parameter": {"Value": self.private}}


def test_the_signing_key_is_read_again_after_five_minutes() -> None:
    parameters, clock = CountingParameters(), FakeClock()
    signer = ParameterSigner(parameters, "/key", clock)
    first = signer.sign(TRANSACTION, NOON)
    assert signer.sign(TRANSACTION, NOON) == first
    assert parameters.reads == 1
    clock.forward(301)
    assert signer.sign(TRANSACTION, NOON) == first
    assert parameters.reads == 2


def test_a_signed_token_opens_its_transaction_for_reading_and_cancelling() -> None:
    parameters = CountingParameters()
    token = ParameterSigner(parameters, "/key", FakeClock()).sign(TRANSACTION, NOON)
    opened = verify(token, PublicKeys.from_jwks(parameters.public), NOON)
    assert (opened.transaction_id, opened.scopes) == (TRANSACTION, ("read", "cancel"))
