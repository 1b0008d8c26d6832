from pathlib import Path

import pytest

from local_stack.emulator import environment


def test_no_setting_of_the_developers_reaches_a_function(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_PROFILE", "production")
    monkeypatch.setenv("PYTHONPATH", "/elsewhere")

    settings = environment(4600, Path("/state"))

    assert "AWS_PROFILE" not in settings
    assert "PYTHONPATH" not in settings


def test_nothing_listens_beyond_this_machine() -> None:
    settings = environment(4600, Path("/state"))

    assert settings["BIND_HOST"] == "127.0.0.1"
    assert settings["IOT_MTLS_ENABLED"] == "0"


def test_data_do_not_depend_on_the_port() -> None:
    """MiniStack makes the keys of its queues of GATEWAY_PORT."""
    assert "GATEWAY_PORT" not in environment(4600, Path("/state"))
