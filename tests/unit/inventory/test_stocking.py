from typing import Any

import pytest
from events import euros
from fakes_inventory import FakeProducts
from fakes_shared import FakeBus, FakeClock
from hypothesis import given
from hypothesis import strategies as st

from inventory import stocking
from inventory.domain.product import MOST_PIECES, Product
from shared.errors import ConflictError
from shared.events import ProductChanged
from shared.http import ProblemError, Request

TEA: dict[str, Any] = {
    "sku": "TEA",
    "name": "Tea",
    "unit_price": {"amount": 1250, "currency": "EUR"},
    "stock": 7,
}


def _deps() -> stocking.Deps:
    return stocking.Deps(FakeProducts(), FakeBus(), FakeClock())


def _told(deps: stocking.Deps) -> list[ProductChanged]:
    assert isinstance(deps.bus, FakeBus)
    return [e.data for e in deps.bus.published if isinstance(e.data, ProductChanged)]


def test_a_new_product_is_kept_and_told() -> None:
    deps = _deps()
    answer = stocking.set_product(TEA, deps)
    assert answer == {"sku": "TEA", "version": 1, "created": True}
    assert deps.products.find(["TEA"])["TEA"].available == 7
    assert [(c.version, c.available_at_most) for c in _told(deps)] == [(1, 19)]
    assert list(deps.products.untold()) == []


def test_a_changed_price_is_a_new_version() -> None:
    deps = _deps()
    stocking.set_product(TEA, deps)
    price = {"amount": 1300, "currency": "EUR"}
    answer = stocking.set_product(TEA | {"unit_price": price}, deps)
    assert answer == {"sku": "TEA", "version": 2, "created": False}
    assert [c.unit_price.amount for c in _told(deps)] == [1250, 1300]


def test_pieces_on_hold_are_not_touched() -> None:
    deps = _deps()
    assert isinstance(deps.products, FakeProducts)
    deps.products.kept["TEA"] = Product(
        sku="TEA", name="Tea", unit_price=euros(1), available=3, reserved=4, sold=5
    )
    stocking.set_product(TEA, deps)
    tea = deps.products.kept["TEA"]
    assert (tea.available, tea.reserved, tea.sold) == (7, 4, 5)


def test_an_existing_product_is_left_alone_when_asked_so() -> None:
    deps = _deps()
    stocking.set_product(TEA, deps)
    answer = stocking.set_product(TEA | {"stock": 0, "only_if_absent": True}, deps)
    assert answer == {"sku": "TEA", "version": 1, "created": False}
    assert deps.products.find(["TEA"])["TEA"].available == 7


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"stock": -1}, "stock"),
        ({"sku": "tea"}, "sku"),
        ({"name": ""}, "name"),
        ({"unit_price": {"amount": 1, "currency": "XXX"}}, "unit_price.currency"),
        ({"color": "red"}, "color"),
    ],
)
def test_a_wrong_field_is_named_and_nothing_is_kept(change: dict[str, Any], field: str) -> None:
    deps = _deps()
    with pytest.raises(ProblemError) as raised:
        stocking.set_product(TEA | change, deps)
    assert [e.field for e in raised.value.errors] == [field]
    assert deps.products.find(["TEA"]) == {}
    assert _told(deps) == []


def test_a_writer_who_is_always_overtaken_says_so() -> None:
    class Busy(FakeProducts):
        """Another writer is always faster."""

        def change(self, product: Product, *, previous: Product) -> bool:
            del product, previous
            return False

        def create(self, _product: Product) -> bool:
            return False

    busy = Busy()
    with pytest.raises(ConflictError):
        stocking.set_product(TEA, stocking.Deps(busy, FakeBus(), FakeClock()))
    busy.kept["TEA"] = Product(sku="TEA", name="Tea", unit_price=euros(1), available=3)
    with pytest.raises(ConflictError):
        stocking.set_product(TEA, stocking.Deps(busy, FakeBus(), FakeClock()))


def test_the_catalogue_is_listed_page_by_page(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(stocking, "PAGE", 2)
    products = FakeProducts()
    for sku in ("A", "B", "C"):
        products.create(Product(sku=sku, name=sku, unit_price=euros(1), available=1, reserved=9))
    seen: list[str] = []
    cursor = None
    while True:
        query = {"cursor": cursor} if cursor else {}
        page: Any = stocking.list_products(Request(query=query), products).document
        seen += [product["sku"] for product in page["products"]]
        cursor = page["next"]
        if cursor is None:
            break
    assert seen == ["A", "B", "C"]
    assert "reserved" not in page["products"][0]


def test_a_cursor_that_nobody_gave_out_is_refused() -> None:
    with pytest.raises(ProblemError):
        stocking.list_products(Request(query={"cursor": "x" * 101}), FakeProducts())


@given(st.integers(0, 10**6))
def test_the_announced_bound_never_hides_a_piece(available: int) -> None:
    product = Product(sku="A", name="A", unit_price=euros(1), available=available)
    assert product.at_most is None or product.at_most >= available


@given(st.integers(0, 10**6))
def test_the_others_are_told_the_same_of_a_whole_band_and_of_no_more(available: int) -> None:
    product = Product(sku="A", name="A", unit_price=euros(1), available=available)
    least, most = product.band
    assert least <= available <= most
    for pieces, same in ((least, True), (most, True), (least - 1, False), (most + 1, False)):
        other = product.model_copy(update={"available": pieces})
        if 0 <= pieces <= MOST_PIECES:
            assert (other.at_most == product.at_most) is same
