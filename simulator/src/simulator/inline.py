"""Threads have no place in virtual time: what a pool would do side by side is done in a row."""

from collections.abc import Callable, Iterable, Iterator
from typing import Any


class InlineExecutor:
    """Stands where the product makes a pool of threads."""

    def __init__(self, *_arguments: object, **_named: object) -> None:
        """Takes what a pool takes, and needs none of it."""

    def map(self, call: Callable[..., Any], *arguments: Iterable[Any]) -> Iterator[Any]:
        """Answers what the calls answer, in order; all of them are made, as a pool would."""
        return iter([call(*each) for each in zip(*arguments, strict=False)])
