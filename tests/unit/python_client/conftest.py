"""The client's tests run on asyncio, against a stage of their own on real sockets."""

from collections.abc import AsyncIterator

import pytest
from fake_shop import FakeShop
from hurried import HURRIED

from orderbus_client import Orderbus


@pytest.fixture(scope="session")
def anyio_backend() -> str:
    return "asyncio"


@pytest.fixture
async def stage() -> AsyncIterator[FakeShop]:
    async with FakeShop() as running:
        yield running


@pytest.fixture
async def shop(stage: FakeShop) -> AsyncIterator[Orderbus]:
    async with Orderbus(stage.api_url, stage.websocket_url, pace=HURRIED) as client:
        yield client
