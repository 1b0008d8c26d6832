from typing import Any

import pytest
from botocore.exceptions import EndpointConnectionError
from fakes_shared import FakeClock

from shared.parameters import CachedParameter


class Parameters:
    """SSM as far as it is used."""

    reads = 0
    away = False

    def get_parameter(self, **asked: Any) -> dict[str, Any]:  # noqa: ANN401 - boto3's form
        if self.away:
            raise EndpointConnectionError(endpoint_url="ssm")
        assert asked == {"Name": "/secret", "WithDecryption": True}
        self.reads += 1
        return {"Parameter": {"Value": f"secret-{self.reads}"}}


def test_a_parameter_is_read_again_after_five_minutes() -> None:
    clock = FakeClock()
    secret = CachedParameter(Parameters(), "/secret", clock)
    assert [secret(), secret()] == ["secret-1", "secret-1"]
    clock.forward(300)
    assert secret() == "secret-1"
    clock.forward(1)
    assert secret() == "secret-2"


def test_what_was_read_last_stands_while_the_parameter_can_not_be_read() -> None:
    clock, store = FakeClock(), Parameters()
    secret = CachedParameter(store, "/secret", clock)
    secret()
    store.away = True
    clock.forward(301)
    assert secret() == "secret-1"
    store.away = False
    clock.forward(10)
    assert secret() == "secret-1"
    clock.forward(1)
    assert secret() == "secret-2"


def test_a_parameter_that_was_never_read_is_an_error() -> None:
    store = Parameters()
    store.away = True
    with pytest.raises(EndpointConnectionError):
        CachedParameter(store, "/secret", FakeClock())()
