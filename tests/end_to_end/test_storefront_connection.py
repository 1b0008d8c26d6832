"""The shop in a browser on a bad day: a slow bank, a line that breaks, a page that is reloaded."""

import re
from collections.abc import Callable
from dataclasses import dataclass, field

import pytest
from backstage import Backstage
from browser import Tab
from playwright.sync_api import Route, WebSocketRoute, expect
from shop import Order, Shop, until
from test_storefront_orders import DONE, answer_bank

pytestmark = pytest.mark.end_to_end


@dataclass
class Line:
    """The WebSockets of a tab, which the test can cut and refuse."""

    tab: Tab
    opened: int = 0
    is_cut: bool = False
    _open: list[WebSocketRoute] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.tab.page.route_web_socket(re.compile("."), self._connect)

    def _connect(self, socket: WebSocketRoute) -> None:
        if self.is_cut:
            socket.close(code=1011)
            return
        self.opened += 1
        self._open.append(socket)
        socket.connect_to_server()

    def cut(self) -> None:
        """Ends what is open and refuses what comes."""
        self.is_cut = True
        for socket in self._open:
            socket.close(code=1011)
        self._open.clear()

    def mend(self) -> None:
        """Lets connections through again."""
        self.is_cut = False


def _waiting_order(tab: Tab, shop: Shop) -> Order:
    """Places an order that waits for its bank; answers it once the page follows it live."""
    tab.open()
    tab.add("TEA-EARL-GREY")
    tab.place("pm_sandbox_action_required")
    tab.see_order("Your bank needs you")
    tab.see(order="placed", inventory="reserved", payments="action_required")
    expect(tab.page.locator("#connection")).to_have_text("Live")
    tab.keep_states()
    return tab.order(shop)


def _told(order: Order) -> dict[str, list[str]]:
    """Answers the states of each segment, one after the other, as the steps tell them."""
    states: dict[str, list[str]] = {}
    for step in order.steps():
        for name, segment in step["segments"].items():
            known = states.setdefault(name, [])
            if known[-1:] != [segment["state"]]:
                known.append(segment["state"])
    return states


def _since(states: dict[str, list[str]], shown: dict[str, list[str]]) -> dict[str, list[str]]:
    """Answers the states from the one on that was shown first."""
    return {name: told[told.index(shown[name][0]) :] for name, told in states.items()}


def test_a_slow_bank_keeps_nobody_waiting_and_the_page_says_so(
    tab: Tab, turn: Callable[..., None]
) -> None:
    turn(authorize="outage")
    tab.open()
    tab.add("TEA-EARL-GREY")
    tab.place()
    tab.see_order("We are on it")
    tab.see(order="placed", inventory="reserved", payments="pending")
    bank = tab.page.locator('#timeline [data-segment="payments"]')
    expect(bank).to_contain_text("Asking your bank …")
    expect(tab.page.locator("#cancel")).to_be_visible()
    tab.look("waiting")
    tab.keep_states()
    turn()
    tab.see_order("Confirmed. Thank you!")
    tab.see(**DONE)
    tab.see_end()
    assert tab.states()["payments"] == ["pending", "authorized", "captured"]


def test_a_broken_line_is_told_and_polling_takes_over(
    tab: Tab, shop: Shop, backstage: Backstage
) -> None:
    line = Line(tab)
    order = _waiting_order(tab, shop)
    connection = tab.page.locator("#connection")
    line.cut()
    expect(connection).to_have_text("Reconnecting …")
    tab.look("cut")
    expect(connection).to_have_text("Checking every few moments")
    answer_bank(shop, backstage, order, "succeeded")
    tab.see(**DONE)
    tab.see_end()
    assert tab.states() == _since(_told(order), tab.states())


def test_a_line_that_comes_back_is_live_again_and_tells_what_was_missed(
    tab: Tab, shop: Shop, backstage: Backstage
) -> None:
    tab.expect_trouble("ERR_INTERNET_DISCONNECTED")
    line = Line(tab)
    order = _waiting_order(tab, shop)
    connection = tab.page.locator("#connection")
    before = line.opened
    tab.page.context.set_offline(offline=True)
    line.cut()
    expect(connection).to_have_text("Reconnecting …")
    answer_bank(shop, backstage, order, "succeeded")
    assert order.followed()["status"] == "CONFIRMED"
    tab.see(order="placed", payments="action_required")
    line.mend()
    tab.page.context.set_offline(offline=False)
    tab.see(**DONE)
    tab.see_end()
    assert line.opened > before
    assert tab.states() == _since(_told(order), tab.states())


def test_a_page_that_is_reloaded_goes_on_with_its_order(
    tab: Tab, shop: Shop, backstage: Backstage
) -> None:
    order = _waiting_order(tab, shop)
    address, number = tab.page.url, tab.page.locator("#number").inner_text()
    tab.page.reload()
    tab.see_order("Your bank needs you")
    tab.see(order="placed", inventory="reserved", payments="action_required")
    assert (tab.page.url, tab.page.locator("#number").inner_text()) == (address, number)
    expect(tab.page.locator("#connection")).to_have_text("Live")
    tab.keep_states()
    answer_bank(shop, backstage, order, "succeeded")
    tab.see(**DONE)
    tab.see_end()
    assert tab.states() == _since(_told(order), tab.states())
    tab.page.reload()  # after the end: as it was
    tab.see_order("Confirmed. Thank you!")
    tab.see(**DONE)
    tab.see_end()


def test_a_reload_before_the_answer_orders_nothing_twice(
    tab: Tab, shop: Shop, backstage: Backstage
) -> None:
    sku = backstage.new_product(stock=100, price=800, name="Muslin filters")
    taken: list[int] = []

    def lose_the_answer(route: Route) -> None:
        if route.request.method == "POST" and not taken:
            taken.append(route.fetch().status)  # and nothing is said to the page
        else:
            route.continue_()

    tab.page.route(re.compile(r"/orders$"), lose_the_answer)
    tab.open()
    tab.add(sku, 2)
    tab.place()
    expect(tab.page.locator("#place")).to_have_text("Sending your order …")
    tab.look("sending")
    # Routes are worked on while the browser is asked something.
    until(lambda: tab.page.evaluate("() => null") or taken, bool, within=30, what="taken")
    assert taken == [202]
    tab.page.reload()
    expect(tab.line(sku).get_by_role("spinbutton")).to_have_value("2")
    tab.place()
    tab.see_order("Confirmed. Thank you!")
    tab.see_end()
    assert backstage.orders_of(sku) == [tab.order(shop).transaction_id]
    assert backstage.stock(sku).sold == 2


def test_an_answer_that_gets_lost_is_asked_for_again(
    tab: Tab, shop: Shop, backstage: Backstage
) -> None:
    sku = backstage.new_product(stock=100, price=800, name="Bamboo whisk")
    tab.expect_trouble("net::ERR_CONNECTION_RESET")
    taken: list[int] = []

    def break_off(route: Route) -> None:
        if route.request.method != "POST" or taken:
            route.continue_()
            return
        taken.append(route.fetch().status)
        route.abort("connectionreset")

    tab.page.route(re.compile(r"/orders$"), break_off)
    tab.open()
    tab.add(sku)
    tab.place()
    tab.see_order("Confirmed. Thank you!")
    tab.see_end()
    assert taken == [202]
    assert backstage.orders_of(sku) == [tab.order(shop).transaction_id]
