"""The shop in a browser: a payment that the shopper confirms, or refuses, at the sandbox's bank."""

import re

import pytest
from backstage import Backstage
from browser import Tab
from playwright.sync_api import expect
from shop import Shop
from test_storefront_orders import DONE

pytestmark = pytest.mark.end_to_end


def _go_to_the_bank(tab: Tab, shop: Shop) -> str:
    """Places an order and follows its link to the bank; answers the order's transaction."""
    tab.open()
    tab.add("TEA-EARL-GREY")
    tab.place("pm_sandbox_action_required")
    tab.see_order("Your bank needs you")
    transaction = tab.order(shop).transaction_id
    tab.page.locator("#action-link").click()
    tab.page.wait_for_url(re.compile(r"/bank\.html#auth_"))
    _see(tab, "You are at the sandbox's bank")
    return transaction


def _see(tab: Tab, headline: str) -> None:
    expect(tab.page.locator("#headline")).to_have_text(headline)


def _press(tab: Tab, name: str) -> None:
    tab.page.get_by_role("button", name=name).click()


def test_a_payment_is_confirmed_at_the_bank_and_the_order_goes_on(
    tab: Tab, shop: Shop, backstage: Backstage
) -> None:
    transaction = _go_to_the_bank(tab, shop)
    tab.look("asks")
    _press(tab, "It's me, pay")
    _see(tab, "You confirmed the payment")
    expect(tab.page.locator("#headline")).to_be_focused()
    tab.look("confirmed")
    _press(tab, "Back to your order")
    tab.see_order("Confirmed. Thank you!")
    tab.see(**DONE)
    tab.see_end()
    expect(tab.page.locator("#action")).to_be_hidden()
    assert backstage.provider(transaction) == ["captured"]


def test_a_payment_that_is_refused_at_the_bank_is_told_and_another_card_pays(
    tab: Tab, shop: Shop
) -> None:
    _go_to_the_bank(tab, shop)
    _press(tab, "Refuse")
    _see(tab, "You refused the payment")
    _press(tab, "Back to your order")
    tab.see_order("This order did not work out")
    tab.see(order="rejected", payments="declined", inventory="released")
    expect(tab.page.locator(".failure")).to_have_attribute("data-code", "card_declined")
    _press(tab, "Choose another card")
    tab.page.wait_for_url("**/index.html#cart")
    tab.place("pm_sandbox_approve")
    tab.see_order("Confirmed. Thank you!")
    tab.see_end()


def test_the_bank_says_what_can_not_be_done_and_lets_the_shopper_try_again(
    tab: Tab, shop: Shop
) -> None:
    tab.expect_trouble(r"status of (404|409)|net::ERR_FAILED")
    transaction = _go_to_the_bank(tab, shop)
    address = tab.page.url
    tab.page.route("**/sandbox/actions/*", lambda route: route.abort())
    _press(tab, "Refuse")
    expect(tab.page.locator("#answer")).to_contain_text("could not be reached")
    tab.look("unreachable")
    tab.page.unroute_all()
    # Who knows the order, but was never sent here, can do nothing.
    tab.page.goto(address.partition(".html#")[0] + f".html#{transaction}")
    _press(tab, "Refuse")
    _see(tab, "The bank knows of no such payment")
    tab.page.goto(address)
    _press(tab, "It's me, pay")
    _see(tab, "You confirmed the payment")
    tab.page.reload()
    _press(tab, "It's me, pay")
    _see(tab, "You confirmed the payment")
    tab.page.reload()
    _press(tab, "Refuse")
    _see(tab, "There is nothing left to confirm")
    tab.look("over")
