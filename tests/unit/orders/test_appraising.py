from typing import Any

import pytest
from events import euros
from fakes_orders import product
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import ValidationError

from orders.domain.checkout import (
    LARGEST_QUANTITY,
    Appraisal,
    Checkout,
    KnownShortage,
    OtherCurrency,
    OtherTotal,
    Priced,
    TooMany,
    UnknownSkus,
    appraise,
)
from shared.events import OrderLine, Shortage
from shared.money import LARGEST_AMOUNT, Money


def _checkout(*lines: tuple[str, int], total: int, currency: str = "EUR") -> Checkout:
    document = {
        "lines": [{"sku": sku, "quantity": quantity} for sku, quantity in lines],
        "expected_total": {"amount": total, "currency": currency},
        "payment_method": "pm_1",
    }
    return Checkout.model_validate(document)


def _appraised(*lines: tuple[str, int], total: int, most: int | None = None) -> Appraisal:
    catalogue = {"A": product("A", 100, most=most), "B": product("B", 250)}
    return appraise(_checkout(*lines, total=total), catalogue)


def test_a_good_checkout_is_priced_from_the_catalogue() -> None:
    appraisal = _appraised(("A", 2), ("B", 1), total=450)
    assert appraisal == Priced(
        (
            OrderLine(sku="A", quantity=2, unit_price=euros(100)),
            OrderLine(sku="B", quantity=1, unit_price=euros(250)),
        ),
        euros(450),
    )


def test_lines_of_the_same_sku_are_merged() -> None:
    appraisal = _appraised(("A", 2), ("B", 1), ("A", 3), total=750)
    assert isinstance(appraisal, Priced)
    assert [(line.sku, line.quantity) for line in appraisal.lines] == [("A", 5), ("B", 1)]


def test_every_unknown_sku_is_named_once() -> None:
    assert _appraised(("C", 1), ("A", 1), ("D", 1), ("C", 1), total=1) == UnknownSkus(("C", "D"))


def test_the_limit_of_a_sku_counts_over_all_its_lines() -> None:
    most = (("A", LARGEST_QUANTITY - 1), ("A", 1))
    assert isinstance(_appraised(*most, total=100 * LARGEST_QUANTITY), Priced)
    assert _appraised(*most, ("A", 1), total=1) == TooMany(("A",))


def test_a_total_that_no_order_can_have_is_too_many_pieces() -> None:
    dear = {"A": product("A", LARGEST_AMOUNT)}
    assert appraise(_checkout(("A", 2), total=1), dear) == TooMany(("A",))
    assert isinstance(appraise(_checkout(("A", 1), total=LARGEST_AMOUNT), dear), Priced)


def test_a_total_in_another_currency_is_told_the_right_one() -> None:
    checkout = _checkout(("A", 1), total=100, currency="USD")
    assert appraise(checkout, {"A": product("A")}) == OtherCurrency("EUR")


def test_another_total_is_answered_with_the_new_prices() -> None:
    appraisal = _appraised(("A", 2), total=199)
    assert isinstance(appraisal, OtherTotal)
    assert appraisal.priced.total == euros(200)


def test_a_shortage_that_is_known_already_is_named() -> None:
    shortage = Shortage(sku="A", requested=3, available=2)
    assert _appraised(("A", 1), ("A", 2), total=300, most=2) == KnownShortage((shortage,))


def test_as_many_as_are_known_to_be_there_can_be_ordered() -> None:
    assert isinstance(_appraised(("A", 2), total=200, most=2), Priced)


def test_two_bodies_share_a_fingerprint_exactly_when_they_ask_for_the_same() -> None:
    one = _checkout(("A", 1), ("B", 2), total=600)
    explicit = one.model_dump(mode="json") | {"customer": {"reference": None}}
    assert Checkout.model_validate(explicit).fingerprint() == one.fingerprint()
    others = (
        _checkout(("B", 2), ("A", 1), total=600),
        _checkout(("A", 1), ("B", 2), total=601),
        _checkout(("A", 1), ("B", 2), total=600, currency="USD"),
    )
    assert one.fingerprint() not in {other.fingerprint() for other in others}


@pytest.mark.parametrize(
    "wrong",
    [
        {"lines": []},
        {"lines": [{"sku": "A", "quantity": 1}] * 51},
        {"lines": [{"sku": "A", "quantity": 0}]},
        {"lines": [{"sku": "A", "quantity": LARGEST_QUANTITY + 1}]},
        {"lines": [{"sku": "A", "quantity": "1"}]},
        {"lines": [{"sku": "a b", "quantity": 1}]},
        {"expected_total": {"amount": 1.5, "currency": "EUR"}},
        {"expected_total": {"amount": -1, "currency": "EUR"}},
        {"expected_total": {"amount": 1, "currency": "XXX"}},
        {"payment_method": "4111 1111 1111 1111"},
        {"customer": {"email": "no address"}},
        {"customer": {"reference": "ann@example.com"}},
        {"coupon": "free"},
    ],
    ids=str,
)
def test_a_body_that_breaks_a_rule_is_no_checkout(wrong: dict[str, Any]) -> None:
    good = _checkout(("A", 1), total=100).model_dump(mode="json")
    assert Checkout.model_validate(good)
    with pytest.raises(ValidationError):
        Checkout.model_validate(good | wrong)


@settings(deadline=None)
@given(
    st.lists(st.tuples(st.sampled_from("AB"), st.integers(1, 10_000)), min_size=1, max_size=50),
    st.integers(0, 10**12),
)
def test_a_priced_total_is_the_one_that_was_expected(
    lines: list[tuple[str, int]], total: int
) -> None:
    catalogue = {"A": product("A", 3), "B": product("B", 7, most=9_000)}
    appraisal = appraise(_checkout(*lines, total=total), catalogue)
    right = sum(catalogue[sku].unit_price.amount * quantity for sku, quantity in lines)
    assert isinstance(appraisal, Priced | OtherTotal | TooMany | KnownShortage)
    if isinstance(appraisal, Priced):
        assert (appraisal.total, total) == (Money(amount=right, currency="EUR"), right)
