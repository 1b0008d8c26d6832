"""The same cases for products and reservations in memory and on DynamoDB."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta

import boto3
import pytest
from events import euros
from fakes_inventory import FakeProducts, FakeStock
from fakes_shared import NOON, TRANSACTION
from moto import mock_aws
from tables import create

from inventory.adapters import DynamoProducts, DynamoStock
from inventory.domain.decide import Step
from inventory.domain.moves import Place, moves
from inventory.domain.product import Product
from inventory.domain.reservation import Reservation, Status
from inventory.ports import Products, ShortStockError, Stock
from shared import replay
from shared.errors import ConflictError, ReplayRefusedError, UnprocessableError
from shared.events import StockLine

OTHER = "1b5bfb4e-3d0c-5a39-9f0c-2f9f2f7e4f11"


@dataclass
class Adapters:
    """Both ports over the same world."""

    stock: Stock
    products: Products


@pytest.fixture(params=["memory", "dynamodb"])
def world(request: pytest.FixtureRequest) -> Iterator[Adapters]:
    if request.param == "memory":
        products = FakeProducts()
        yield _stocked(Adapters(FakeStock(products), products))
        return
    with mock_aws():
        client = boto3.client("dynamodb", "eu-central-1")
        table = create(client, "inventory", "ProductsTable")
        reservations = create(client, "inventory", "ReservationsTable")
        stock = DynamoStock(client, reservations, table)
        yield _stocked(Adapters(stock, DynamoProducts(client, table)))


def _stocked(world: Adapters) -> Adapters:
    for sku in ("A", "B"):
        world.products.create(Product(sku=sku, name=sku, unit_price=euros(100), available=10))
    return world


def _lines(**quantities: int) -> tuple[StockLine, ...]:
    return tuple(StockLine(sku=sku, quantity=q) for sku, q in quantities.items())


def _reserve(transaction: str = TRANSACTION, **quantities: int) -> Step:
    lines = _lines(**quantities)
    reservation = Reservation(
        transaction_id=transaction,
        status=Status.RESERVED,
        lines=lines,
        expires_at=NOON + timedelta(hours=1),
    )
    return Step(reservation, moves(lines, Place.AVAILABLE, Place.RESERVED))


def _pieces(world: Adapters, sku: str) -> tuple[int, int, int]:
    product = world.products.find([sku])[sku]
    return product.available, product.reserved, product.sold


def test_a_step_commits_the_reservation_with_all_its_moves(world: Adapters) -> None:
    world.stock.commit(_reserve(A=2, B=3))
    assert _pieces(world, "A") == (8, 2, 0)
    assert _pieces(world, "B") == (7, 3, 0)
    kept = world.stock.load(TRANSACTION)
    assert kept is not None
    assert (kept.version, kept.lines) == (1, _lines(A=2, B=3))


def test_a_step_that_is_short_changes_nothing_and_names_every_short_sku(world: Adapters) -> None:
    with pytest.raises(ShortStockError) as short:
        world.stock.commit(_reserve(A=11, B=1, C=1))
    assert short.value.skus == ("A", "C")
    assert _pieces(world, "B") == (10, 0, 0)
    assert world.stock.load(TRANSACTION) is None


def test_of_two_steps_from_the_same_version_one_wins(world: Adapters) -> None:
    world.stock.commit(_reserve(A=2))
    with pytest.raises(ConflictError):
        world.stock.commit(_reserve(A=3))
    assert _pieces(world, "A") == (8, 2, 0)


def test_a_lost_race_counts_before_a_shortage(world: Adapters) -> None:
    world.stock.commit(_reserve(A=2))
    with pytest.raises(ConflictError):
        world.stock.commit(_reserve(A=99))


def test_books_that_do_not_add_up_are_a_case_for_people(world: Adapters) -> None:
    step = _reserve(A=2)
    wrong = Step(step.reservation, moves(_lines(A=2), Place.RESERVED, Place.SOLD))
    with pytest.raises(UnprocessableError):
        world.stock.commit(wrong)
    assert _pieces(world, "A") == (10, 0, 0)


def test_a_step_without_moves_commits_the_reservation_alone(world: Adapters) -> None:
    tombstone = Reservation(transaction_id=TRANSACTION, status=Status.RELEASED)
    world.stock.commit(Step(tombstone))
    with pytest.raises(ConflictError):
        world.stock.commit(Step(tombstone))


def test_only_what_is_still_reserved_expires_and_only_in_time(world: Adapters) -> None:
    world.stock.commit(_reserve(A=1))
    world.stock.commit(_reserve(OTHER, A=1))
    kept = world.stock.load(OTHER)
    assert kept is not None
    released = kept.model_copy(update={"status": Status.RELEASED})
    world.stock.commit(Step(released, moves(kept.lines, Place.RESERVED, Place.AVAILABLE)))
    assert list(world.stock.expired(NOON + timedelta(minutes=59))) == []
    assert list(world.stock.expired(NOON + timedelta(minutes=60))) == [TRANSACTION]


def test_a_product_is_created_once(world: Adapters) -> None:
    again = Product(sku="A", name="Other", unit_price=euros(1), available=99)
    assert not world.products.create(again)
    assert world.products.find(["A"])["A"].name == "A"


def test_unknown_products_are_not_found(world: Adapters) -> None:
    assert world.products.find(["C"]) == {}
    assert world.products.find([]) == {}


def test_a_change_of_price_leaves_the_pieces_as_they_are_by_then(world: Adapters) -> None:
    before = world.products.find(["A"])["A"]
    world.stock.commit(_reserve(A=2))
    dearer = before.model_copy(update={"unit_price": euros(200), "version": 2})
    assert world.products.change(dearer, previous=before)
    assert _pieces(world, "A") == (8, 2, 0)
    assert world.products.find(["A"])["A"].unit_price == euros(200)


def test_a_change_of_stock_that_was_overtaken_is_refused(world: Adapters) -> None:
    before = world.products.find(["A"])["A"]
    world.stock.commit(_reserve(A=2))
    more = before.model_copy(update={"available": 50, "version": 2})
    assert not world.products.change(more, previous=before)
    assert _pieces(world, "A") == (8, 2, 0)


@pytest.mark.parametrize(("pieces", "kept"), [(5, True), (6, False)])
def test_a_change_is_refused_once_the_pieces_are_in_another_band(
    world: Adapters, pieces: int, *, kept: bool
) -> None:
    before = world.products.find(["A"])["A"]
    world.stock.commit(_reserve(A=pieces))
    assert world.products.change(before.announced(), previous=before) is kept


def test_a_change_from_an_old_version_is_refused(world: Adapters) -> None:
    before = world.products.find(["A"])["A"]
    assert world.products.change(before.announced(), previous=before)
    assert not world.products.change(before.announced(), previous=before)


def test_an_announced_bound_comes_and_goes(world: Adapters) -> None:
    before = world.products.find(["A"])["A"]
    assert world.products.change(before.announced(), previous=before)
    bounded = world.products.find(["A"])["A"]
    assert bounded.announced_at_most == 19
    plenty = bounded.model_copy(update={"available": 500, "announced_at_most": None, "version": 3})
    assert world.products.change(plenty, previous=bounded)
    assert world.products.find(["A"])["A"] == plenty


def test_a_change_stays_marked_until_its_own_version_is_told(world: Adapters) -> None:
    before = world.products.find(["A"])["A"]
    after = before.announced()
    world.products.change(after, previous=before)
    world.products.told(world.products.find(["B"])["B"])
    world.products.told(before)
    assert list(world.products.untold()) == ["A"]
    world.products.told(after)
    assert list(world.products.untold()) == []


def test_products_come_in_pages(world: Adapters) -> None:
    first, cursor = world.products.page(None, 1)
    assert cursor is not None
    second, end = world.products.page(cursor, 5)
    assert end is None
    assert {p.sku for p in first + second} == {"A", "B"}


def test_no_stock_is_moved_on_behalf_of_a_replayed_event() -> None:
    with mock_aws(), replay.handling("drill"):
        client = boto3.client("dynamodb", "eu-central-1")
        with pytest.raises(ReplayRefusedError):
            DynamoStock(client, "r", "p").commit(_reserve(A=1))
        products = DynamoProducts(client, "p")
        product = Product(sku="A", name="A", unit_price=euros(1), available=1)
        with pytest.raises(ReplayRefusedError):
            products.create(product)
        with pytest.raises(ReplayRefusedError):
            products.change(product, previous=product)
