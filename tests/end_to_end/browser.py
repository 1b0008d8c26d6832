"""A browser as a shopper or an operator holds it; it keeps whatever must not happen in one."""

import re
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

from playwright.sync_api import (
    Browser,
    ConsoleMessage,
    Locator,
    Page,
    ViewportSize,
    expect,
    sync_playwright,
)
from project import ROOT
from shop import Order, Shop

SCREENSHOTS = ROOT / ".build" / "screenshots"
AXE = ROOT / "tests/npm/node_modules/axe-core/axe.min.js"
NAMES = "chromium", "chromium-browser", "google-chrome"
ARGUMENTS = (
    "--no-sandbox",  # there is none for root, as which containers run
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)
SIZES = {
    "phone": ViewportSize(width=375, height=812),
    "desktop": ViewportSize(width=1280, height=900),
}
STANDARDS = {
    "type": "tag",
    "values": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"],
}
COLOURS = {"type": "rule", "values": ["color-contrast"]}
"""All that can be another in the dark."""
PATIENCE_MILLISECONDS = 30_000
"""How long a page may take to show what a stack on a busy machine does."""

# What axe finds, with the elements that it finds it on.
_VIOLATIONS = """async (runOnly) => {
  const found = await axe.run(document, { runOnly, resultTypes: ["violations"] });
  return found.violations.map(({ id, help, nodes }) =>
    `${id}: ${help}: ${nodes.map(({ target }) => target.join(" ")).join(", ")}`);
}"""
_TOKENS = """() => JSON.parse(localStorage.getItem("orderbus.orders") ?? "[]")
  .map(({ token }) => token)"""
# The states that each segment of the timeline has had, as the page showed them.
_KEEP_STATES = """() => {
  window.shown = {};
  const keep = () => {
    for (const { dataset } of document.querySelectorAll("#timeline [data-segment]")) {
      const states = (window.shown[dataset.segment] ??= []);
      if (dataset.state && states.at(-1) !== dataset.state) states.push(dataset.state);
    }
  };
  keep();
  new MutationObserver(keep).observe(document.querySelector("#timeline"), {
    subtree: true, childList: true, attributes: true, attributeFilter: ["data-state"] });
}"""


@contextmanager
def launched() -> Iterator[Browser]:
    """Starts the system's browser for as long as the block lasts."""
    found = [path for name in NAMES if (path := shutil.which(name))]
    assert found, f"none of {', '.join(NAMES)} is installed: make setup"
    SCREENSHOTS.mkdir(parents=True, exist_ok=True)
    expect.set_options(timeout=PATIENCE_MILLISECONDS)
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=found[0], args=list(ARGUMENTS))
        yield browser
        browser.close()


@dataclass
class Tab:
    """One page of a browser that has never been to the shop."""

    page: Page
    url: str
    name: str
    troubles: list[str] = field(default_factory=list)
    addresses: list[str] = field(default_factory=list)
    _expected: list[re.Pattern[str]] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.page.set_default_timeout(PATIENCE_MILLISECONDS)
        self.page.on("pageerror", lambda error: self.troubles.append(f"uncaught: {error}"))
        self.page.on("console", self._said)
        self.page.on("framenavigated", lambda frame: self.addresses.append(frame.url))
        self.page.on("request", lambda request: self.addresses.append(request.url))
        self.page.on("websocket", lambda socket: self.addresses.append(socket.url))

    def _said(self, message: ConsoleMessage) -> None:
        if message.type == "error":
            self.troubles.append(f"{message.text} ({message.location.get('url', '')})")

    def expect_trouble(self, pattern: str) -> None:
        """Takes errors in the console for part of the test that match."""
        self._expected.append(re.compile(pattern))

    @property
    def unexpected(self) -> list[str]:
        """The troubles that the test did not expect."""
        return [t for t in self.troubles if not any(known.search(t) for known in self._expected)]

    def open(self, path: str = "") -> None:
        """Opens a page of the shop."""
        self.page.goto(self.url + path)

    # The shop.

    def product(self, sku: str) -> Locator:
        """The card of a product."""
        return self.page.locator(f'.product[data-sku="{sku}"]')

    def line(self, sku: str) -> Locator:
        """A line of the cart."""
        return self.page.locator(f'#cart-lines [data-sku="{sku}"]')

    def add(self, sku: str, quantity: int = 1) -> None:
        """Puts so many of a product into the cart."""
        self.product(sku).get_by_role("button", name="Add to cart").click()
        if quantity > 1:
            self.change(sku, quantity)

    def change(self, sku: str, quantity: int) -> None:
        """Types how many there are to be."""
        box = self.line(sku).get_by_role("spinbutton")
        box.fill(str(quantity))
        box.blur()

    def place(self, method: str | None = None) -> None:
        """Presses the button, with a payment method if one is to be chosen before."""
        if method:
            self.page.locator(f'#methods input[value="{method}"]').check()
        self.page.locator("#place").click()

    # The order.

    def see_order(self, headline: str | re.Pattern[str]) -> None:
        """Returns when the order's page has this headline."""
        self.page.wait_for_url("**/order.html#*")
        expect(self.page.locator("#headline")).to_have_text(headline)

    def see(self, **segments: str) -> None:
        """Returns when the timeline shows these states."""
        for segment, state in segments.items():
            place = self.page.locator(f'#timeline [data-segment="{segment}"]')
            expect(place).to_have_attribute("data-state", state)

    def see_end(self) -> None:
        """Returns when the page says that nothing more comes."""
        expect(self.page.locator("#connection")).to_have_text("Nothing more to come")
        expect(self.page.locator("#known")).to_have_attribute("data-final", "true")

    def order(self, shop: Shop) -> Order:
        """Answers the order that the page shows, as its shopper holds it."""
        kept = self.page.evaluate("() => JSON.parse(localStorage.getItem('orderbus.orders'))")
        (found,) = [order for order in kept if self.page.url.endswith(f"#{order['id']}")]
        return Order(shop, found["id"], found["token"], {"links": found["links"]})

    def keep_states(self) -> None:
        """Remembers from now on which states the timeline shows."""
        self.page.evaluate(_KEEP_STATES)

    def states(self) -> dict[str, list[str]]:
        """Answers the states that each segment has shown since then, in their order."""
        return dict(self.page.evaluate("() => window.shown"))

    # What it looks like.

    def look(self, what: str) -> None:
        """Takes pictures, light and dark, on a phone and a desktop; each must be accessible."""
        if not self.page.evaluate("() => 'axe' in window"):
            self.page.evaluate(AXE.read_text(encoding="utf-8"))
        violations: dict[str, Any] = {}
        for size in SIZES:
            for scheme in ("light", "dark"):
                picture = f"{what}-{size}" if scheme == "light" else f"{what}-{size}-{scheme}"
                self._shoot(picture, size, dark=scheme == "dark")
                if found := self._violations(size, STANDARDS if scheme == "light" else COLOURS):
                    violations[picture] = found
        self.page.emulate_media(color_scheme="light", reduced_motion="no-preference")
        assert violations == {}, violations

    def _violations(self, size: str, rules: dict[str, Any]) -> list[str]:
        # All of the page at once: what sticks to the window's edge covers nothing then.
        height = self.page.evaluate("() => document.documentElement.scrollHeight")
        self.page.set_viewport_size({"width": SIZES[size]["width"], "height": height})
        return list(self.page.evaluate(_VIOLATIONS, rules))

    def _shoot(self, what: str, size: str, *, dark: bool = False) -> None:
        # Without motion: nothing is half there on a picture, nor half as dark as it will be.
        scheme = "dark" if dark else "light"
        self.page.emulate_media(color_scheme=scheme, reduced_motion="reduce")
        self.page.set_viewport_size(SIZES[size])
        self.page.screenshot(path=SCREENSHOTS / f"{self.name}-{what}.png", full_page=True)

    def end(self) -> None:
        """Keeps how it ended; fails if anything happened that must not."""
        for size in SIZES:
            self._shoot(size, size)
        tokens = self.page.evaluate(_TOKENS) if self.page.url.startswith(self.url) else []
        signatures = [token.rsplit(".", 1)[1] for token in tokens]
        told = [a for a in self.addresses if any(part in a for part in signatures)]
        assert told == [], "a token stands in an address"
        assert self.unexpected == [], self.unexpected


@contextmanager
def opened(browser: Browser, url: str, test: str) -> Iterator[Tab]:
    """Opens a tab in a profile of its own; what it saw is judged when the block ends."""
    context = browser.new_context(viewport=SIZES["desktop"], locale="en-GB")
    tab = Tab(context.new_page(), url, _file_name(test))
    try:
        yield tab
        tab.end()
    finally:
        context.close()


def _file_name(test: str) -> str:
    return re.sub(r"[^a-z0-9]+", "-", test.lower().removeprefix("test_")).strip("-")
