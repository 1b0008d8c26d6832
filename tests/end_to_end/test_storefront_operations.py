"""The operators' page in a browser: the flow of events, one order's causes, the switches."""

import re
from collections.abc import Callable

import pytest
from browser import Tab
from playwright.sync_api import Locator, expect
from shop import Order, Shop, until

pytestmark = pytest.mark.end_to_end

# Looks for a mark on the canvas as somebody would who moves the pointer over it.
_FIND_MARK = """() => {
  const canvas = document.querySelector("#lanes");
  const { left, top, width, height } = canvas.getBoundingClientRect();
  for (let y = 8; y < height; y += 8)
    for (let x = width - 8; x > width / 2; x -= 8) {
      const place = { clientX: left + x, clientY: top + y };
      canvas.dispatchEvent(new PointerEvent("pointermove", place));
      if (canvas.classList.contains("on-mark")) return { x, y };
    }
  return null;
}"""


def _row(tab: Tab, order: Order) -> Locator:
    return tab.page.locator(f'#latest [data-transaction="{order.transaction_id}"]')


def _open(tab: Tab, shop: Shop) -> None:
    """Opens the page and returns when it is told what happens.

    Workers look for operators every five seconds: the first orders may pass unseen.
    """
    tab.open("operations.html")
    expect(tab.page.locator("#connection")).to_have_text("Live")

    def seen() -> int:
        shop.checkout(("TEA-EARL-GREY", 1)).followed()
        tab.page.wait_for_timeout(600)  # the list is drawn twice a second
        return tab.page.locator("#latest li").count()

    until(seen, bool, within=60, what="told of an order")


def _count(tab: Tab, name: str) -> int:
    return int(tab.page.locator(f"#count-{name}").inner_text())


def test_an_order_flows_through_the_lanes_and_shows_its_causes(tab: Tab, shop: Shop) -> None:
    _open(tab, shop)
    placed, confirmed = _count(tab, "placed"), _count(tab, "confirmed")
    order = shop.checkout(("MUG-BLUE", 1), method="pm_sandbox_action_required")
    row = _row(tab, order)
    expect(row.locator(".badge")).to_have_text("in flight")
    expect(tab.page.locator("#count-in_flight")).not_to_have_text("0")
    other = shop.checkout(("MUG-BLUE", 1))
    expect(_row(tab, other).locator(".badge")).to_have_text("confirmed")
    assert _count(tab, "placed") >= placed + 2
    assert _count(tab, "confirmed") >= confirmed + 1
    drawn = re.compile(r"four lanes, [1-9]\d* of them")
    expect(tab.page.locator("#lanes")).to_have_attribute("aria-label", drawn)

    _row(tab, other).get_by_role("button").click()
    expect(tab.page.locator("#trail-title")).to_contain_text(other.transaction_id)
    expect(tab.page.locator("#trail-body .badge")).to_have_text("confirmed")
    events = tab.page.locator("#trail-body tbody tr")
    names = [event.get_attribute("data-event") for event in events.all()]
    assert names[0] == "OrderPlaced"
    assert {"StockReserved", "PaymentAuthorized", "OrderConfirmed", "PaymentCaptured"} < set(names)
    expect(events.nth(0).locator("td").nth(2)).to_have_text("a request")
    captured = tab.page.locator('tr[data-event="PaymentCaptured"] td').nth(2)
    expect(captured).to_have_text(re.compile(r"^\d+ OrderConfirmed$"))
    events.nth(0).locator("summary").click()
    expect(events.nth(0).locator("pre")).to_contain_text('"event_id"')
    tab.look("open-order")

    tab.page.get_by_role("button", name="Close").click()
    expect(tab.page.locator("#trail-body")).to_be_empty()
    order.cancel()
    expect(row.locator(".badge")).to_have_text("cancelled")
    expect(tab.page.locator("#count-cancelled")).not_to_have_text("0")


def test_a_click_on_a_mark_opens_its_order(tab: Tab, shop: Shop) -> None:
    _open(tab, shop)
    tab.page.get_by_role("button", name="Pause").click()
    lanes = tab.page.locator("#lanes")
    lanes.scroll_into_view_if_needed()
    mark = tab.page.evaluate(_FIND_MARK)
    assert mark is not None
    lanes.click(position=mark)
    expect(tab.page.locator("#trail-body tbody tr").first).to_have_attribute(
        "data-event", "OrderPlaced"
    )
    tab.page.get_by_role("button", name="Go on").click()


def test_a_switch_makes_the_next_order_fail_and_is_set_back(
    tab: Tab, shop: Shop, turn: Callable[..., None]
) -> None:
    turn()  # and again when the test is over, however it ends
    _open(tab, shop)
    authorize = tab.page.get_by_label("When asked to authorize")
    expect(authorize).to_have_value("as_asked")
    rejected = _count(tab, "rejected")
    authorize.select_option("decline")
    expect(tab.page.locator("#sandbox-words")).to_contain_text("Set.")
    order = shop.checkout(("TEA-EARL-GREY", 1))
    assert order.decided()["status"] == "REJECTED"
    expect(_row(tab, order).locator(".badge")).to_have_text("rejected")
    assert _count(tab, "rejected") >= rejected + 1
    tab.page.reload()
    expect(authorize).to_have_value("decline")
    authorize.select_option("as_asked")
    expect(tab.page.locator("#sandbox-words")).to_contain_text("Set.")
    assert shop.http.get("/operations/sandbox").json()["authorize"] == "as_asked"
    assert shop.checkout(("TEA-EARL-GREY", 1)).decided()["status"] == "CONFIRMED"
