"""The same cases for orders and the catalogue in memory and on DynamoDB."""

from collections.abc import Iterator
from datetime import timedelta, timezone
from typing import Any

import boto3
import pytest
from events import euros
from fakes_orders import FakeCatalogue, FakeOrders
from fakes_shared import NOON, TRANSACTION
from moto import mock_aws
from tables import create
from told import AUTHORIZED, CAPTURED, COMMITTED, RESERVED, Told

from local_stack.signing_keys import new_pair
from orders.adapters import (
    READ_ATTEMPTS,
    DynamoCatalogue,
    DynamoOrders,
    KeySigner,
)
from orders.domain.checkout import Product
from orders.ports import Catalogue, Orders
from shared import replay
from shared.due import SHARDS
from shared.errors import ConflictError, ReplayRefusedError, RetryLaterError
from shared.keys import PublicKeys
from shared.tokens import key_id, verify

OTHER = "f" + TRANSACTION[1:]
SPREAD = [f"{first:02x}{TRANSACTION[2:]}" for first in range(SHARDS)]
"""One order for each partition of the sweep's index."""


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


def test_an_order_that_is_not_there_is_none(orders: Orders) -> None:
    assert orders.load(TRANSACTION) is None


def test_of_two_steps_from_the_same_version_one_wins(orders: Orders) -> None:
    orders.save(Told().known)
    told = Told(RESERVED).known.model_copy(update={"version": 1})
    orders.save(told)
    with pytest.raises(ConflictError):
        orders.save(Told(AUTHORIZED).known.model_copy(update={"version": 1}))
    assert orders.load(TRANSACTION) == told.model_copy(update={"version": 2})


def test_an_unsettled_order_is_due_at_its_time(orders: Orders) -> None:
    orders.save(Told().known)
    orders.save(Told().known.model_copy(update={"transaction_id": OTHER}))
    assert list(orders.due(NOON + timedelta(seconds=29))) == []
    due = orders.due(NOON + timedelta(seconds=30))
    assert sorted(due) == sorted([TRANSACTION, OTHER])


def test_every_order_that_is_due_is_found_wherever_it_is_kept(orders: Orders) -> None:
    for transaction in SPREAD:
        orders.save(Told().known.model_copy(update={"transaction_id": transaction}))
    assert sorted(orders.due(NOON + timedelta(seconds=30))) == SPREAD


def test_an_order_is_due_at_its_next_time_only(orders: Orders) -> None:
    orders.save(Told().known)
    later = NOON + timedelta(seconds=90, milliseconds=5)
    elsewhere = later.astimezone(timezone(timedelta(hours=2)))
    update = {"version": 1, "next_sweep_at": elsewhere}
    orders.save(Told().known.model_copy(update=update))
    assert list(orders.due(later - timedelta(milliseconds=1))) == []
    assert list(orders.due(later)) == [TRANSACTION]


def test_a_verdict_that_leaves_something_outstanding_stays_due(orders: Orders) -> None:
    orders.save(Told(RESERVED, AUTHORIZED, CAPTURED).known)
    assert list(orders.due(NOON + timedelta(days=9))) == [TRANSACTION]


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


def test_a_bound_on_what_is_there_goes_when_there_is_plenty(catalogue: Catalogue) -> None:
    catalogue.keep(_product(1, most=4))
    catalogue.keep(_product(2))
    assert catalogue.find(["A"])["A"].available_at_most is None


class HesitantTable:
    """A table that leaves one product of each read unread, so often."""

    def __init__(self, client: Any, times: int) -> None:  # noqa: ANN401 - boto3 client
        self.client, self.times = client, times

    def batch_get_item(self, RequestItems: dict[str, Any]) -> dict[str, Any]:  # noqa: N803
        """Answers all but one of the items that are asked for."""
        ((table, asked),) = RequestItems.items()
        keys = asked["Keys"]
        if self.times:
            self.times -= 1
            *now, later = keys
            if not now:
                return {"Responses": {}, "UnprocessedKeys": {table: {"Keys": [later]}}}
            answer = self.client.batch_get_item(RequestItems={table: {"Keys": now}})
            return dict(answer) | {"UnprocessedKeys": {table: {"Keys": [later]}}}
        return dict(self.client.batch_get_item(RequestItems=RequestItems))


@pytest.fixture
def two_products() -> Iterator[tuple[Any, str]]:
    with mock_aws():
        client = boto3.client("dynamodb", "eu-central-1")
        table = create(client, "orders", "CatalogueTable")
        for sku in ("A", "B"):
            product = _product(1).model_copy(update={"sku": sku})
            assert DynamoCatalogue(client, table).keep(product)
        yield client, table


def test_products_that_a_busy_table_left_out_are_asked_for_again(
    two_products: tuple[Any, str],
) -> None:
    client, table = two_products
    hesitant = HesitantTable(client, READ_ATTEMPTS - 1)
    assert set(DynamoCatalogue(hesitant, table).find(["A", "B", "C"])) == {"A", "B"}


def test_a_table_that_stays_busy_is_no_reason_to_call_a_product_unknown(
    two_products: tuple[Any, str],
) -> None:
    client, table = two_products
    with pytest.raises(RetryLaterError):
        DynamoCatalogue(HesitantTable(client, READ_ATTEMPTS), table).find(["A", "B"])


def test_an_order_is_not_written_on_behalf_of_a_replayed_event() -> None:
    with mock_aws(), replay.handling("drill"), pytest.raises(ReplayRefusedError):
        DynamoOrders(boto3.client("dynamodb", "eu-central-1"), "none").save(Told().known)


def test_the_catalogue_is_not_written_on_behalf_of_a_replayed_event() -> None:
    with mock_aws(), replay.handling("drill"), pytest.raises(ReplayRefusedError):
        DynamoCatalogue(boto3.client("dynamodb", "eu-central-1"), "none").keep(_product(1))


def test_a_key_that_was_rotated_in_signs() -> None:
    keys = [new_pair()[0] for _ in range(2)]
    stored = [keys[0]]
    signer = KeySigner(lambda: stored[0])
    old = signer.sign(TRANSACTION, NOON)
    assert signer.sign(TRANSACTION, NOON) == old
    stored[0] = keys[1]
    assert key_id(signer.sign(TRANSACTION, NOON)) != key_id(old)


def test_a_signed_token_opens_its_transaction_for_reading_and_cancelling() -> None:
    private, public = new_pair()
    token = KeySigner(lambda: private).sign(TRANSACTION, NOON)
    opened = verify(token, PublicKeys.from_jwks(public), NOON)
    assert (opened.transaction_id, opened.scopes) == (TRANSACTION, ("read", "cancel"))
