"""The shop in a browser: what is short, what costs something else by now, what is back."""

import re

import pytest
from backstage import Backstage
from browser import Tab
from playwright.sync_api import Route, WebSocketRoute, expect
from shop import Shop, until

pytestmark = pytest.mark.end_to_end


def test_what_is_short_is_told_at_checkout_and_again_when_it_is_known_better(
    tab: Tab, backstage: Backstage
) -> None:
    sku = backstage.new_product(stock=3, price=900, name="Autumn oolong, 50 g")
    tab.expect_trouble("status of 409")
    tab.open()
    tab.add(sku, 50)
    tab.place()
    refusal = tab.page.locator("#refusal")
    expect(refusal).to_have_attribute("data-type", "shortage")
    expect(refusal).to_contain_text("you asked for 50")
    expect(tab.line(sku)).to_have_attribute("data-short", "")
    tab.look("refused")
    # Orders knows a bound only: what is taken by it is one piece too many still.
    refusal.get_by_role("button", name="Take what is left").click()
    expect(refusal).to_be_hidden()
    expect(tab.line(sku).get_by_role("spinbutton")).to_have_value("4")
    tab.place()
    tab.see_order("This order did not work out")
    tab.see(order="rejected", inventory="failed", payments="voided")
    tab.see_end()
    failure = tab.page.locator(".failure")
    expect(failure).to_have_attribute("data-code", "shortage")
    expect(failure).to_contain_text("only 3 left (you asked for 4)")
    tab.page.get_by_role("button", name="Change the cart").click()
    tab.page.wait_for_url("**/index.html#cart")
    expect(tab.line(sku)).to_have_attribute("data-short", "")
    expect(tab.line(sku)).to_contain_text("At most 3 left just now")
    tab.look("marked")
    tab.change(sku, 3)
    expect(tab.line(sku)).not_to_have_attribute("data-short", "")
    tab.place()
    tab.see_order("Confirmed. Thank you!")
    tab.see_end()
    assert backstage.stock(sku).available == 0
    tab.page.get_by_role("link", name="Back to the shop").click()
    expect(tab.product(sku).locator(".stock")).to_have_text("Sold out")


def test_what_sells_out_under_the_shoppers_eyes_is_refused_and_can_be_taken_out(
    tab: Tab, backstage: Backstage
) -> None:
    sku = backstage.new_product(stock=2, price=2100, name="Kyoto tea bowl")
    tab.expect_trouble("status of 409")
    tab.open()
    tab.add(sku)
    tab.add("TEA-EARL-GREY")
    expect(tab.product(sku).locator(".stock")).to_have_text("Almost gone")
    backstage.set_price(sku, 2100, stock=0, name="Kyoto tea bowl")
    expect(tab.product(sku).locator(".stock")).to_have_text("Sold out")
    tab.place()
    expect(tab.page.locator("#refusal")).to_contain_text("Kyoto tea bowl: none left")
    tab.page.locator("#refusal").get_by_role("button", name="Change the cart").click()
    tab.line(sku).get_by_role("button", name="Take").click()
    expect(tab.line(sku)).to_have_count(0)
    tab.place()
    tab.see_order("Confirmed. Thank you!")
    tab.see_end()


def test_a_shortage_and_a_declined_card_are_told_at_once(tab: Tab, backstage: Backstage) -> None:
    sku = backstage.new_product(stock=3, price=1100, name="Winter chai, 80 g")
    tab.open()
    tab.add(sku, 4)
    tab.place("pm_sandbox_decline")
    tab.see_order("This order did not work out")
    tab.see(order="rejected", inventory="failed", payments="declined")
    tab.see_end()
    expect(tab.page.locator("#failures-title")).to_have_text("What went wrong, all at once")
    expect(tab.page.locator(".failure")).to_have_count(2)
    expect(tab.page.locator('.failure[data-code="shortage"]')).to_contain_text("only 3 left")
    expect(tab.page.locator('.failure[data-code="card_declined"]')).to_be_visible()
    actions = tab.page.locator("#failure-actions button")
    expect(actions).to_have_text(["Change the cart", "Choose another card"])
    tab.look("both")
    actions.first.click()
    tab.page.wait_for_url("**/index.html#cart")
    expect(tab.line(sku)).to_contain_text("At most 3 left just now")
    used = tab.page.locator(".method", has=tab.page.locator("[value=pm_sandbox_decline]"))
    expect(used).to_contain_text("Did not work last time")
    tab.change(sku, 2)
    tab.place("pm_sandbox_approve")
    tab.see_order("Confirmed. Thank you!")
    tab.see_end()


def _hear_no_news(tab: Tab) -> None:
    """Keeps the page at what it knew when it was opened."""
    said: list[bytes] = []

    def repeat(route: Route) -> None:
        if not said:
            said.append(route.fetch().body())
        route.fulfill(body=said[0], headers={"access-control-allow-origin": "*"})

    def mute(socket: WebSocketRoute) -> None:
        socket.on_message(lambda _message: None)

    tab.page.route(re.compile(r"/products(\?|$)"), repeat)
    tab.page.route_web_socket(re.compile("."), mute)


def test_a_price_that_has_changed_is_put_to_the_shopper_before_anything_is_ordered(
    tab: Tab, shop: Shop, backstage: Backstage
) -> None:
    sku = backstage.new_product(stock=50, price=1500, name="Copper scoop")
    tab.expect_trouble("status of 409")
    _hear_no_news(tab)
    tab.open()
    tab.add(sku, 2)
    backstage.set_price(sku, 1650, stock=50, name="Copper scoop")
    until(lambda: backstage.known_price(sku), lambda p: p == 1650, within=30, what="known")
    tab.place()
    refusal = tab.page.locator("#refusal")
    expect(refusal).to_have_attribute("data-type", "price-changed")
    expect(refusal).to_contain_text("Copper scoop: €16.50 instead of €15.00")
    expect(tab.page.locator("#total")).to_have_text("€33.00")
    expect(tab.product(sku).locator(".was")).to_have_text("was €15.00")
    tab.look("price")
    assert backstage.orders_of(sku) == []
    tab.page.unroute_all()
    refusal.get_by_role("button", name="Order for €33.00").click()
    tab.page.wait_for_url("**/order.html#*")
    tab.page.reload()  # without the mute socket
    tab.see_order("Confirmed. Thank you!")
    tab.see_end()
    assert tab.order(shop).read()["total"]["amount"] == 3300


def test_who_waits_for_a_product_is_told_that_it_is_back(tab: Tab, backstage: Backstage) -> None:
    sku = backstage.new_product(stock=0, price=1900, name="Honey dipper")
    tab.open()
    card = tab.product(sku)
    expect(card.locator(".stock")).to_have_text("Sold out")
    expect(card.get_by_role("button", name="Add to cart")).to_be_hidden()
    card.get_by_role("button", name="Tell me when it is back").click()
    told = card.get_by_role("button", name="We will tell you here")
    expect(told).to_have_attribute("aria-pressed", "true")
    backstage.set_price(sku, 1900, stock=5, name="Honey dipper")
    notice = tab.page.locator(".notice")
    expect(notice).to_contain_text("Honey dipper: back in stock.")
    expect(card.locator(".stock")).to_have_text("Back in stock")
    tab.look("back")
    notice.get_by_role("button", name="Add to cart").click()
    expect(notice).to_have_count(0)
    expect(tab.line(sku)).to_be_visible()
    # A price is news as well, to the cart too.
    backstage.set_price(sku, 2000, stock=5, name="Honey dipper")
    expect(tab.page.locator("#total")).to_have_text("€20.00")
    expect(card.locator(".was")).to_have_text("was €19.00")
