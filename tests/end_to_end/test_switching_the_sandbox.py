"""The sandbox provider's switches, turned by an operator: who calls from the machine itself."""

from collections.abc import Callable

import pytest
from backstage import Backstage
from shop import Shop, until

pytestmark = pytest.mark.end_to_end

UNTOUCHED = {"authorize": "as_asked", "capture": "as_asked"}
Turn = Callable[..., None]


def test_switches_are_seen_as_they_were_turned(shop: Shop, turn: Turn) -> None:
    assert shop.http.get("/operations/sandbox").json() == UNTOUCHED
    turn(authorize="slow", capture="succeed")
    assert shop.http.get("/operations/sandbox").json()["authorize"] == "slow"
    wrong = shop.http.post("/operations/sandbox", json={"authorize": "explode"})
    assert wrong.status_code == 422
    assert [e["field"] for e in wrong.json()["errors"]] == ["authorize", "capture"]
    assert shop.http.get("/operations/sandbox").json()["authorize"] == "slow"


def test_an_order_waits_for_as_long_as_the_provider_is_switched_off(
    shop: Shop, backstage: Backstage, turn: Turn
) -> None:
    turn(authorize="outage")
    order = shop.checkout(("TEA-EARL-GREY", 1))
    reserved = until(
        order.updates,
        lambda v: "inventory" in v["segments"] and v["sequence"] >= 2,
        within=60,
        what="reserved",
    )
    assert reserved["segments"]["payments"]["state"] == "pending"
    assert backstage.provider(order.transaction_id) == []
    turn()
    assert order.decided()["status"] == "CONFIRMED"


def test_a_switch_overrides_what_the_payment_method_asks_for(
    shop: Shop, backstage: Backstage, turn: Turn
) -> None:
    turn(authorize="decline")
    declined = shop.checkout(("TEA-EARL-GREY", 1))
    assert declined.decided()["status"] == "REJECTED"
    turn(authorize="approve", capture="fail")
    order = shop.checkout(("TEA-EARL-GREY", 1), method="pm_sandbox_decline")
    until(order.read, lambda o: o["status"] == "CANCELLED", within=60, what="cancelled")
    order.settled()
    assert backstage.provider(order.transaction_id) == ["voided"]
