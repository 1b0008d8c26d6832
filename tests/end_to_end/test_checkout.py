"""From checkout to a final state: every documented payment method and SKU."""

import re
from concurrent.futures import ThreadPoolExecutor

import httpx
import pytest
from backstage import Backstage
from shop import Shop, cart, until

pytestmark = pytest.mark.end_to_end


def test_an_approved_order_is_confirmed_paid_once_and_taken_from_stock(
    shop: Shop, backstage: Backstage
) -> None:
    before = backstage.stock("KETTLE-STEEL")
    order = shop.checkout(("KETTLE-STEEL", 2))
    assert order.accepted["status"] == "PENDING"
    assert order.decided()["status"] == "CONFIRMED"
    order.settled()
    after = backstage.stock("KETTLE-STEEL")
    assert (after.available, after.sold) == (before.available - 2, before.sold + 2)
    assert backstage.provider(order.transaction_id) == ["captured"]


def test_the_answer_tells_where_to_follow_the_order(shop: Shop) -> None:
    response = shop.post(cart(("TEA-EARL-GREY", 1)))
    body = response.json()
    assert response.status_code == 202
    assert response.headers["location"] == body["links"]["self"]
    headers = {"authorization": f"Bearer {body['tracking_token']}"}
    for name in ("self", "updates"):
        assert httpx.get(body["links"][name], headers=headers).status_code == 200
    assert re.fullmatch(r"[0-9a-f-]{36}", body["transaction_id"])


def test_the_view_names_each_segment_and_ends_final(shop: Shop) -> None:
    order = shop.checkout(("TEA-EARL-GREY", 1))
    view = until(order.updates, lambda v: v["final"], within=60, what="final")
    assert view["status"] == "CONFIRMED"
    assert view["segments"]["inventory"]["state"] == "committed"
    assert view["segments"]["payments"]["state"] == "captured"
    assert view["failures"] == []
    # OrderPlaced, two tries, OrderConfirmed, two settlements: each journalled exactly once.
    assert until(order.updates, lambda v: v["sequence"] >= 6, within=5, what="6")["sequence"] == 6


def test_a_declined_card_rejects_the_order_and_gives_the_stock_back(
    shop: Shop, backstage: Backstage
) -> None:
    before = backstage.stock("KETTLE-STEEL")
    order = shop.checkout(("KETTLE-STEEL", 3), method="pm_sandbox_decline")
    decided = order.decided()
    assert decided["status"] == "REJECTED"
    assert [f["segment"] for f in decided["failures"]] == ["payments"]
    order.settled()
    assert backstage.stock("KETTLE-STEEL") == before
    assert backstage.provider(order.transaction_id) in ([], ["declined"])


def test_both_segments_failing_are_both_named(shop: Shop, backstage: Backstage) -> None:
    before = backstage.stock("SCARCE")
    order = shop.checkout(("SCARCE", 4), method="pm_sandbox_decline")
    decided = order.decided()
    assert decided["status"] == "REJECTED"
    failures = {f["segment"]: f for f in decided["failures"]}
    assert set(failures) == {"inventory", "payments"}
    assert failures["inventory"]["shortages"] == [{"sku": "SCARCE", "requested": 4, "available": 3}]
    order.settled()
    assert backstage.stock("SCARCE") == before
    view = until(order.updates, lambda v: v["final"], within=60, what="final")
    assert {f["segment"] for f in view["failures"]} == {"inventory", "payments"}


def test_a_shortage_lost_in_a_race_rejects_one_order_and_names_the_shortage(
    shop: Shop, backstage: Backstage
) -> None:
    # Three pieces, told as "at most four": both orders of two are accepted, whoever is first.
    sku = backstage.new_product(stock=3, price=100)
    with ThreadPoolExecutor(2) as pool:
        orders = list(pool.map(lambda _: shop.checkout((sku, 2), price=100), range(2)))
    decided = {o.decided()["status"]: o for o in orders}
    assert set(decided) == {"CONFIRMED", "REJECTED"}
    (failure,) = decided["REJECTED"].read()["failures"]
    assert failure["code"] == "shortage"
    assert failure["shortages"] == [{"sku": sku, "requested": 2, "available": 1}]
    for order in orders:
        order.settled()
    stock = backstage.stock(sku)
    assert (stock.available, stock.reserved, stock.sold) == (1, 0, 2)
    assert backstage.provider(decided["REJECTED"].transaction_id) in (["voided"], [])
    assert backstage.provider(decided["CONFIRMED"].transaction_id) == ["captured"]


def test_the_last_piece_is_sold_once(shop: Shop, backstage: Backstage) -> None:
    with ThreadPoolExecutor(4) as pool:
        answers = list(pool.map(lambda _: shop.post(cart(("LAST-ONE", 1))), range(4)))
    # Accepted and rejected later, or refused at once where its sale is known already.
    assert {a.status_code for a in answers} <= {202, 409}
    until(
        lambda: backstage.stock("LAST-ONE"),
        lambda stock: (stock.available, stock.reserved, stock.sold) == (0, 0, 1),
        within=90,
        what="sold",
    )


@pytest.mark.parametrize(
    ("outcome", "status"), [("succeeded", "CONFIRMED"), ("failed", "REJECTED")]
)
def test_an_order_waits_for_the_shoppers_action_and_goes_on_with_its_outcome(
    shop: Shop, backstage: Backstage, outcome: str, status: str
) -> None:
    order = shop.checkout(("TEA-EARL-GREY", 1), method="pm_sandbox_action_required")
    view = until(
        order.updates,
        lambda v: "action" in v["segments"].get("payments", {}),
        within=60,
        what="asked for an action",
    )
    assert "/bank.html#" in view["segments"]["payments"]["action"]["url"]
    notice = {"transaction_id": order.transaction_id, "outcome": outcome}
    body, headers = backstage.signed_notice(notice)
    for _ in range(2):  # providers send notices more than once
        answer = shop.http.post("/payments/webhook", content=body, headers=headers)
        assert answer.status_code == 200, answer.text
    assert order.decided()["status"] == status
    order.settled()
    wanted = "captured" if outcome == "succeeded" else "declined"
    assert backstage.provider(order.transaction_id) == [wanted]


def test_a_notice_that_the_provider_did_not_sign_is_refused(shop: Shop) -> None:
    order = shop.checkout(("TEA-EARL-GREY", 1), method="pm_sandbox_action_required")
    notice = {"transaction_id": order.transaction_id, "outcome": "succeeded"}
    headers = {"webhook-id": "1", "webhook-timestamp": "1", "webhook-signature": "v1,AAAA"}
    answer = shop.http.post("/payments/webhook", json=notice, headers=headers)
    assert answer.status_code == 401
    order.cancel()
    order.settled()


def test_a_slow_provider_holds_up_neither_the_checkout_nor_other_orders(
    shop: Shop, backstage: Backstage
) -> None:
    slow = shop.checkout(("TEA-EARL-GREY", 1), method="pm_sandbox_slow")
    assert slow.read()["status"] == "PENDING"
    quick = shop.checkout(("TEA-EARL-GREY", 1))
    assert quick.decided()["status"] == "CONFIRMED"
    assert slow.read()["status"] == "PENDING"
    assert slow.decided(within=90)["status"] == "CONFIRMED"
    slow.settled()
    assert backstage.provider(slow.transaction_id) == ["captured"]


def test_an_outage_of_the_provider_delays_the_order_and_loses_nothing(
    shop: Shop, backstage: Backstage
) -> None:
    order = shop.checkout(("TEA-EARL-GREY", 1), method="pm_sandbox_outage")
    assert order.decided(within=90)["status"] == "CONFIRMED"
    order.settled()
    assert backstage.provider(order.transaction_id) == ["captured"]


def test_a_refused_capture_cancels_the_order_and_puts_the_pieces_back(
    shop: Shop, backstage: Backstage
) -> None:
    before = backstage.stock("KETTLE-STEEL")
    order = shop.checkout(("KETTLE-STEEL", 1), method="pm_sandbox_capture_fail")
    until(order.read, lambda o: o["status"] == "CANCELLED", within=60, what="cancelled")
    order.settled()
    assert backstage.stock("KETTLE-STEEL") == before
    assert backstage.provider(order.transaction_id) == ["voided"]


def test_an_order_cancelled_in_time_returns_stock_and_money(
    shop: Shop, backstage: Backstage
) -> None:
    before = backstage.stock("KETTLE-STEEL")
    order = shop.checkout(("KETTLE-STEEL", 5), method="pm_sandbox_outage")
    response = order.cancel()
    assert response.status_code == 202, response.text
    assert order.read()["status"] == "CANCELLED"
    order.settled(within=90)
    assert backstage.stock("KETTLE-STEEL") == before
    assert "captured" not in backstage.provider(order.transaction_id)
    assert "authorized" not in backstage.provider(order.transaction_id)
    assert order.cancel().json()["status"] == "CANCELLED"


def test_a_confirmed_order_is_too_late_to_cancel(shop: Shop) -> None:
    order = shop.checkout(("TEA-EARL-GREY", 1))
    order.decided()
    response = order.cancel()
    assert response.status_code == 409
    assert response.headers["content-type"] == "application/problem+json"
    assert "CONFIRMED" in response.json()["detail"]
    assert order.read()["status"] == "CONFIRMED"
