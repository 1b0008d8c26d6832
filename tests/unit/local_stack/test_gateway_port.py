import socket
from collections.abc import Iterator

import pytest

from local_stack import gateway_port
from local_stack.errors import PortInUseError


@pytest.fixture
def taken() -> Iterator[int]:
    with socket.socket() as listener:
        listener.bind((gateway_port.HOST, 0))
        listener.listen()
        yield listener.getsockname()[1]


def test_a_free_port_that_was_asked_for_is_taken() -> None:
    port = gateway_port.any_free_port()

    assert gateway_port.choose_port(port) == port


def test_a_port_in_use_is_refused_with_the_way_out(taken: int) -> None:
    with pytest.raises(PortInUseError, match=f"make run PORT={taken + 1}"):
        gateway_port.choose_port(taken)


def test_without_a_wish_a_free_port_replaces_the_default_in_use(
    taken: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(gateway_port, "DEFAULT_PORT", taken)

    assert gateway_port.choose_port(None) != taken


def test_without_a_wish_the_default_is_taken(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(gateway_port, "DEFAULT_PORT", gateway_port.any_free_port())

    assert gateway_port.choose_port(None) == gateway_port.DEFAULT_PORT
