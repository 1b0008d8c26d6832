"""Puts something in the place of something else while a block lasts."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

Patch = tuple[Any, str, Any]
"""What is to be replaced: its owner, its name, and by what."""


@contextmanager
def replaced(owner: Any, name: str, value: object) -> Iterator[None]:  # noqa: ANN401 - anything
    """Replaces an attribute of a module, a class or an object, and puts the real one back."""
    real = getattr(owner, name)
    setattr(owner, name, value)
    try:
        yield
    finally:
        setattr(owner, name, real)
