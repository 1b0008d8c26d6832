"""What the API refuses, and how it says so; idempotency; tokens."""

from concurrent.futures import ThreadPoolExecutor
from typing import Any
from uuid import uuid4

import httpx
import pytest
from backstage import Backstage
from shop import PRICES, Shop, cart, until

pytestmark = pytest.mark.end_to_end


def _problem(response: httpx.Response, status: int) -> dict[str, Any]:
    assert response.status_code == status, response.text
    assert response.headers["content-type"] == "application/problem+json"
    problem = dict(response.json())
    assert problem["status"] == status
    assert problem["type"]
    assert problem["title"]
    assert problem["detail"]
    return problem


def _orders(backstage: Backstage) -> int:
    return backstage.aws.dynamodb.scan(TableName="orderbus-dev-orders-orders", Select="COUNT")[
        "Count"
    ]


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"lines": [{"sku": "MUG-BLUE", "quantity": -1}]}, "lines.0.quantity"),
        ({"lines": [{"sku": "MUG-BLUE", "quantity": 10**9}]}, "lines.0.quantity"),
        ({"lines": [{"sku": "MUG-BLUE", "quantity": "two"}]}, "lines.0.quantity"),
        ({"lines": [{"sku": 7, "quantity": 1}]}, "lines.0.sku"),
        ({"lines": [{"sku": "NO-SUCH-THING", "quantity": 1}]}, "lines.0.sku"),
        ({"lines": []}, "lines"),
        ({"expected_total": {"amount": 1800, "currency": "XXX"}}, "expected_total.currency"),
        ({"expected_total": {"amount": 18.5, "currency": "EUR"}}, "expected_total.amount"),
        ({"payment_method": "4111 1111 1111 1111"}, "payment_method"),
        ({"customer": "me"}, "customer"),
    ],
)
def test_a_bad_field_is_named_and_nothing_is_written(
    shop: Shop, backstage: Backstage, change: dict[str, Any], field: str
) -> None:
    before = _orders(backstage)
    problem = _problem(shop.post(cart(("MUG-BLUE", 1)) | change), 422)
    assert field in [error["field"] for error in problem["errors"]]
    assert _orders(backstage) == before


def test_a_checkout_without_a_key_or_with_a_guessable_one_is_refused(shop: Shop) -> None:
    body = cart(("MUG-BLUE", 1))
    for problem in (
        _problem(shop.http.post("/orders", json=body), 400),
        _problem(shop.post(body, key="order-1"), 400),
    ):
        assert [e["field"] for e in problem["errors"]] == ["Idempotency-Key"]


def test_a_body_that_is_no_json_or_too_large_is_refused(shop: Shop) -> None:
    headers = {"idempotency-key": str(uuid4())}
    _problem(shop.http.post("/orders", content=b"{not json", headers=headers), 400)
    _problem(shop.http.post("/orders", content=b"\xff\xfe", headers=headers), 400)
    large = cart(("MUG-BLUE", 1)) | {"note": "x" * 70_000}
    _problem(shop.post(large), 413)


def test_another_total_than_the_catalogues_is_answered_with_the_prices(
    shop: Shop, backstage: Backstage
) -> None:
    before = _orders(backstage)
    body = cart(("MUG-BLUE", 2)) | {"expected_total": {"amount": 1, "currency": "EUR"}}
    problem = _problem(shop.post(body), 409)
    assert problem["total"] == {"amount": 2 * PRICES["MUG-BLUE"], "currency": "EUR"}
    assert _orders(backstage) == before


def test_a_known_shortage_is_refused_at_once(shop: Shop, backstage: Backstage) -> None:
    before = _orders(backstage)
    problem = _problem(shop.post(cart(("SOLD-OUT", 1))), 409)
    assert "SOLD-OUT" in str(problem)
    assert _orders(backstage) == before


def test_the_same_checkout_again_is_the_same_order(shop: Shop, backstage: Backstage) -> None:
    key, body = str(uuid4()), cart(("MUG-BLUE", 1))
    first = shop.post(body, key)
    before = _orders(backstage)
    again = shop.post(body, key)
    assert (again.status_code, again.json()) == (202, first.json())
    assert _orders(backstage) == before


def test_the_same_checkout_at_the_same_moment_is_one_order(
    shop: Shop, backstage: Backstage
) -> None:
    key, body, before = str(uuid4()), cart(("MUG-BLUE", 1)), _orders(backstage)
    with ThreadPoolExecutor(8) as pool:
        answers = list(pool.map(lambda _: shop.post(body, key), range(8)))
    assert {a.status_code for a in answers} == {202}
    assert len({a.json()["transaction_id"] for a in answers}) == 1
    assert _orders(backstage) == before + 1


def test_the_same_key_with_another_body_is_refused(shop: Shop) -> None:
    key = str(uuid4())
    assert shop.post(cart(("MUG-BLUE", 1)), key).status_code == 202
    _problem(shop.post(cart(("MUG-BLUE", 2)), key), 422)


def test_a_retry_gets_its_first_answer_although_the_price_changed_since(
    shop: Shop, backstage: Backstage
) -> None:
    sku, key = backstage.new_product(stock=50, price=1000), str(uuid4())
    body = cart((sku, 1), price=1000)
    first = shop.post(body, key)
    assert first.status_code == 202
    backstage.set_price(sku, 1100, stock=0)
    until(lambda: shop.post(body), lambda r: r.status_code == 409, within=60, what="repriced")
    again = shop.post(body, key)
    assert (again.status_code, again.json()) == (202, first.json())


def test_an_order_opens_only_with_its_own_token(shop: Shop) -> None:
    mine, other = shop.checkout(("MUG-BLUE", 1)), shop.checkout(("MUG-BLUE", 1))
    paths = [("GET", ""), ("GET", "/updates"), ("POST", "/cancel")]
    altered = mine.token[:-4] + ("AAAA" if mine.token[-4:] != "AAAA" else "BBBB")
    for method, suffix in paths:
        path = f"/orders/{mine.transaction_id}{suffix}"
        assert shop.http.request(method, path).status_code == 401
        for token in (other.token, altered, "nonsense"):
            headers = {"authorization": f"Bearer {token}"}
            assert shop.http.request(method, path, headers=headers).status_code == 403
    assert mine.read()["status"] != "CANCELLED"


def test_updates_after_something_that_is_no_number_is_refused(shop: Shop) -> None:
    order = shop.checkout(("MUG-BLUE", 1))
    headers = {"authorization": f"Bearer {order.token}"}
    path = f"/orders/{order.transaction_id}/updates"
    problem = _problem(shop.http.get(path, params={"after": "-1"}, headers=headers), 422)
    assert [e["field"] for e in problem["errors"]] == ["after"]
