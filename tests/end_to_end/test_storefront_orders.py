"""The shop in a browser: orders that work out, that don't, and what the shopper does about it."""

import re

import pytest
from backstage import Backstage
from browser import Tab
from playwright.sync_api import Locator, expect
from shop import Order, Shop, until

pytestmark = pytest.mark.end_to_end

DONE = {"order": "confirmed", "inventory": "committed", "payments": "captured"}


def answer_bank(shop: Shop, backstage: Backstage, order: Order, outcome: str) -> None:
    """Tells the shop what came of 3-D Secure, as the payment provider does."""
    notice = {"transaction_id": order.transaction_id, "outcome": outcome}
    body, headers = backstage.signed_notice(notice)
    assert shop.http.post("/payments/webhook", content=body, headers=headers).status_code == 200


def test_a_shopper_orders_and_watches_it_come_together(
    tab: Tab, shop: Shop, backstage: Backstage
) -> None:
    tab.open()
    expect(tab.page.locator("#cart-empty")).to_be_visible()
    tab.look("empty-cart")
    tab.add("TEA-EARL-GREY", 2)
    tab.add("MUG-BLUE")
    expect(tab.page.locator("#total")).to_have_text("€43.00")
    expect(tab.page.locator("#place")).to_have_text("Order for €43.00")
    tab.look("filled-cart")
    tab.place()
    tab.see_order("Confirmed. Thank you!")
    tab.see(**DONE)
    tab.see_end()
    expect(tab.page.locator("#failures")).to_be_hidden()
    expect(tab.page.locator("#cancel")).to_be_hidden()
    tab.look("confirmed")
    order = tab.order(shop)
    assert order.read()["total"] == {"amount": 4300, "currency": "EUR"}
    assert backstage.provider(order.transaction_id) == ["captured"]
    tab.page.get_by_role("link", name="Back to the shop").click()
    recent = tab.page.locator("#recent-list .recent")
    expect(recent).to_have_count(1)
    expect(recent.locator(".badge")).to_have_text("confirmed")
    expect(tab.page.locator("#cart-empty")).to_be_visible()


def test_a_declined_card_is_named_and_another_one_pays(tab: Tab, shop: Shop) -> None:
    tab.open()
    tab.add("TEA-EARL-GREY")
    tab.place("pm_sandbox_decline")
    tab.see_order("This order did not work out")
    tab.see(order="rejected", payments="declined", inventory="released")
    tab.see_end()
    expect(tab.page.locator("#failures-title")).to_have_text("What went wrong")
    failure = tab.page.locator(".failure")
    expect(failure).to_have_count(1)
    expect(failure).to_have_attribute("data-code", "card_declined")
    tab.look("declined")
    declined = tab.order(shop)
    tab.page.get_by_role("button", name="Choose another card").click()
    tab.page.wait_for_url("**/index.html#cart")
    expect(tab.line("TEA-EARL-GREY").get_by_role("spinbutton")).to_have_value("1")
    used = tab.page.locator(".method", has=tab.page.locator("[value=pm_sandbox_decline]"))
    expect(used).to_contain_text("Did not work last time")
    expect(used.get_by_role("radio")).not_to_be_checked()
    tab.look("other-card")
    tab.place()
    tab.see_order("Confirmed. Thank you!")
    tab.see_end()
    assert tab.order(shop).transaction_id != declined.transaction_id


def test_a_card_that_fails_late_cancels_a_confirmed_order(tab: Tab) -> None:
    tab.open()
    tab.add("MUG-BLUE")
    tab.place("pm_sandbox_capture_fail")
    tab.see_order("This order is cancelled")
    tab.see_end()
    expect(tab.page.locator(".failure")).to_have_attribute("data-segment", "payments")


def test_the_bank_is_asked_and_its_answer_goes_on_by_itself(
    tab: Tab, shop: Shop, backstage: Backstage
) -> None:
    tab.open()
    tab.add("TEA-EARL-GREY")
    tab.place("pm_sandbox_action_required")
    tab.see_order("Your bank needs you")
    tab.see(payments="action_required", inventory="reserved")
    link = tab.page.locator("#action-link")
    expect(link).to_be_visible()
    expect(link).to_have_attribute("href", re.compile(r"/bank\.html#auth_"))
    expect(tab.page.locator("#cancel")).to_be_visible()
    tab.look("bank")
    answer_bank(shop, backstage, tab.order(shop), "succeeded")
    tab.see_order("Confirmed. Thank you!")
    expect(link).to_be_hidden()
    tab.see(**DONE)
    tab.see_end()


def test_an_undecided_order_is_cancelled_and_everything_goes_back(
    tab: Tab, shop: Shop, backstage: Backstage
) -> None:
    sku = backstage.new_product(stock=5, price=700, name="Cold brew jar")
    tab.open()
    tab.add(sku, 2)
    tab.place("pm_sandbox_action_required")
    tab.see(inventory="reserved", payments="action_required")
    dialog = tab.page.locator("#cancel-dialog")
    tab.page.locator("#cancel").click()
    expect(dialog).to_be_visible()
    tab.look("cancel-dialog")
    dialog.get_by_role("button", name="Keep it").click()
    expect(dialog).to_be_hidden()
    tab.see_order("Your bank needs you")
    tab.page.locator("#cancel").click()
    dialog.get_by_role("button", name="Yes, cancel it").click()
    tab.see_order("This order is cancelled")
    tab.see(order="cancelled", inventory="released", payments="voided")
    tab.see_end()
    assert tab.order(shop).read()["status"] == "CANCELLED"
    until(
        lambda: backstage.stock(sku).available, lambda now: now == 5, within=30, what="given back"
    )


def _tab_to(tab: Tab, wanted: Locator) -> None:
    """Goes on with the Tab key alone until the wanted has the focus."""
    for _ in range(80):
        if wanted.evaluate("node => node === document.activeElement"):
            return
        tab.page.keyboard.press("Tab")
    raise AssertionError(f"{wanted} is not reached by the Tab key")


def test_a_whole_checkout_needs_nothing_but_the_keyboard(tab: Tab) -> None:
    tab.open()
    expect(tab.product("TEA-EARL-GREY")).to_be_visible()
    keyboard = tab.page.keyboard
    keyboard.press("Tab")
    expect(tab.page.locator(".skip")).to_be_focused()
    expect(tab.page.locator(".skip")).to_be_in_viewport()
    keyboard.press("Enter")
    _tab_to(tab, tab.product("TEA-EARL-GREY").get_by_role("button", name="Add to cart"))
    keyboard.press("Enter")
    keyboard.press("Space")
    expect(tab.line("TEA-EARL-GREY").get_by_role("spinbutton")).to_have_value("2")
    _tab_to(tab, tab.line("TEA-EARL-GREY").get_by_role("button", name="less"))
    keyboard.press("Space")
    expect(tab.line("TEA-EARL-GREY").get_by_role("spinbutton")).to_have_value("1")
    _tab_to(tab, tab.page.locator("#methods input:checked"))
    keyboard.press("ArrowDown")
    keyboard.press("Space")
    chosen = tab.page.locator("#methods input:checked")
    expect(chosen).to_have_value("pm_sandbox_action_required")
    _tab_to(tab, tab.page.locator("#place"))
    keyboard.press("Enter")
    tab.see_order("Your bank needs you")
    _tab_to(tab, tab.page.locator("#action-link"))
    _tab_to(tab, tab.page.locator("#cancel"))
    keyboard.press("Enter")
    expect(tab.page.get_by_role("button", name="Keep it")).to_be_focused()
    keyboard.press("Escape")
    expect(tab.page.locator("#cancel-dialog")).to_be_hidden()
    expect(tab.page.locator("#cancel")).to_be_focused()
    keyboard.press("Space")
    _tab_to(tab, tab.page.get_by_role("button", name="Yes, cancel it"))
    keyboard.press("Enter")
    tab.see_order("This order is cancelled")
    tab.see_end()
