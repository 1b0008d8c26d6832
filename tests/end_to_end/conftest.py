"""One local stack for all tests of this folder, started as `make run` starts it."""

from collections.abc import Iterator

import pytest
from backstage import Backstage
from shop import Shop

from local_stack import LocalStack, running


@pytest.fixture(scope="session")
def stack(tmp_path_factory: pytest.TempPathFactory) -> Iterator[LocalStack]:
    with running(tmp_path_factory.mktemp("local-stack")) as running_stack:
        yield running_stack


@pytest.fixture(scope="session")
def shop(stack: LocalStack) -> Iterator[Shop]:
    with Shop(stack.api_url) as open_shop:
        yield open_shop


@pytest.fixture(scope="session")
def backstage(stack: LocalStack) -> Backstage:
    return Backstage(stack.aws)
