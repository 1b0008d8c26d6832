"""The second wall around replays: an event that carries a replay's name may not touch the world.

The first wall is in the templates: every live rule excludes events with a `replay-name`.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar

from shared.errors import ReplayRefusedError

_replay: ContextVar[str | None] = ContextVar("replay", default=None)


@contextmanager
def handling(replay_name: str | None) -> Iterator[None]:
    """Marks everything inside as caused by an event of this replay (None: a live one)."""
    token = _replay.set(replay_name)
    try:
        yield
    finally:
        _replay.reset(token)


def refuse(effect: str) -> None:
    """Raises ReplayRefusedError when the event at hand is a replayed one."""
    name = _replay.get()
    if name is not None:
        raise ReplayRefusedError(f"{effect} refused: the event comes from the replay {name!r}")
