"""What a decision answers: a changed state or a reason to ignore, and what to publish either way.

A decision is a pure function `decide(state, message, now) -> Changed | Ignored`. It publishes also
when it ignores: a redelivered message commits nothing new and publishes the same events again.
"""

from dataclasses import dataclass
from typing import Generic, TypeVar

from shared.events import Envelope

State = TypeVar("State")


@dataclass(frozen=True)
class Changed(Generic[State]):
    """The state to commit, and then the events to publish."""

    state: State
    publish: tuple[Envelope, ...] = ()


@dataclass(frozen=True)
class Ignored:
    """Nothing to commit, and why; `publish` repeats what an earlier commit recorded."""

    reason: str
    publish: tuple[Envelope, ...] = ()


Decision = Changed[State] | Ignored
