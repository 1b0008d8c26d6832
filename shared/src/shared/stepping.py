"""One step of a record: load, decide, commit; again from the start when another was faster."""

from collections.abc import Callable
from datetime import datetime
from typing import TypeVar

from shared.decision import Changed, Decision
from shared.errors import ConflictError
from shared.events import Envelope
from shared.history import Record
from shared.observability import count, logger
from shared.records import Records

R = TypeVar("R", bound=Record)
Message = TypeVar("Message")

ATTEMPTS = 8
"""Writers of one record are few (its segments); past this the queue's back-off spreads them."""


def step(
    records: Records[R],
    key: str,
    decide: Callable[[R | None, Message, datetime], Decision[R]],
    message: Message,
    now: Callable[[], datetime],
    *,
    begins: bool = False,
) -> tuple[Envelope, ...]:
    """Applies `message` to the record `key` and answers what is to be published.

    `begins` says that the record most likely does not exist yet: the first try spares the read.
    Raises ConflictError when other writers were faster every time.
    """
    state = None if begins else records.load(key)
    for _ in range(ATTEMPTS):
        decision = decide(state, message, now())
        if not isinstance(decision, Changed):
            count("Ignored")
            logger().info("ignored", reason=decision.reason)
            return decision.publish
        try:
            records.save(decision.state)
        except ConflictError:
            state = records.load(key)
        else:
            return decision.publish
    raise ConflictError(f"{key}: other writers were faster {ATTEMPTS} times")
