"""Lambda workers as the tests start them: with an environment, and nothing remembered."""

from collections.abc import Mapping
from types import ModuleType

import pytest

REGION = "eu-central-1"


def cold(
    monkeypatch: pytest.MonkeyPatch, wiring: ModuleType, environment: Mapping[str, str]
) -> None:
    """Makes the next call of a function of this wiring a cold start in this environment."""
    for name, value in {"AWS_DEFAULT_REGION": REGION, **environment}.items():
        monkeypatch.setenv(name, value)
    forget(wiring)


def forget(wiring: ModuleType) -> None:
    """Forgets what a worker keeps between its calls: settings, clients, adapters."""
    for part in vars(wiring).values():
        if hasattr(part, "cache_clear"):
            part.cache_clear()
