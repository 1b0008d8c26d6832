"""One local stack for all tests of this folder, started as `make run` starts it."""

from collections.abc import Callable, Iterator

import pytest
from backstage import Backstage
from browser import Tab, launched, opened
from playwright.sync_api import Browser
from shop import Shop

from local_stack import LocalStack, running
from local_stack.gateway_port import any_free_port


@pytest.fixture(scope="session")
def stack(tmp_path_factory: pytest.TempPathFactory) -> Iterator[LocalStack]:
    with running(tmp_path_factory.mktemp("local-stack"), any_free_port()) as running_stack:
        yield running_stack


@pytest.fixture(scope="session")
def shop(stack: LocalStack) -> Iterator[Shop]:
    with Shop(stack.api_url) as open_shop:
        yield open_shop


@pytest.fixture(scope="session")
def backstage(stack: LocalStack) -> Backstage:
    return Backstage(stack.aws)


@pytest.fixture(scope="session")
def chromium() -> Iterator[Browser]:
    with launched() as browser:
        yield browser


@pytest.fixture
def tab(chromium: Browser, stack: LocalStack, request: pytest.FixtureRequest) -> Iterator[Tab]:
    """A shopper's browser, which was never in the shop before."""
    with opened(chromium, stack.storefront_url, request.node.name) as open_tab:
        yield open_tab


@pytest.fixture
def turn(shop: Shop) -> Iterator[Callable[..., None]]:
    """Turns switches of the sandbox, and turns them back for the tests that follow."""
    untouched = {"authorize": "as_asked", "capture": "as_asked"}

    def turning(**switches: str) -> None:
        answer = shop.http.post("/operations/sandbox", json=untouched | switches)
        assert (answer.status_code, answer.json()) == (200, untouched | switches)

    yield turning
    turning()
