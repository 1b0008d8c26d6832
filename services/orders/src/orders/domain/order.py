"""An order: one transaction of several segments, and what each of them has said of it."""

from datetime import datetime, timedelta
from enum import StrEnum

from pydantic import AwareDatetime

from shared.events import Contract, Failure, OrderLine
from shared.history import History, Record, Transition
from shared.ids import TransactionId, command_id
from shared.money import Money

FIRST_SWEEP = timedelta(seconds=30)
LONGEST_SWEEP = timedelta(hours=1)


DEAD = "SegmentFailed of {}"
"""The fact that a message of this kind died on its way to a segment."""


class Status(StrEnum):
    """What became of an order."""

    PENDING = "PENDING"
    CONFIRMED = "CONFIRMED"
    REJECTED = "REJECTED"
    CANCELLED = "CANCELLED"


class Meaning(StrEnum):
    """What a fact means for its segment's part in the order."""

    TRIED = "tried"
    """It holds what the order needs."""
    FAILED = "failed"
    """It can't, and holds nothing."""
    DONE = "done"
    """It completed its part of the confirmed order."""
    STUCK = "stuck"
    """It could not complete its part; it may still hold something."""
    UNDONE = "undone"
    """It holds nothing any more, by order of a verdict."""
    NEWS = "news"
    """It said something that decides nothing."""


class Fact(Contract):
    """One thing that a segment said of an order."""

    segment: str
    name: str
    meaning: Meaning


class Order(Record):
    """An order as last committed."""

    transaction_id: TransactionId
    status: Status = Status.PENDING
    lines: tuple[OrderLine, ...]
    total: Money
    payment_method: str
    customer_reference: str | None = None
    email: str | None = None
    """Kept here alone: never on the bus, in logs or in metrics."""
    required_segments: tuple[str, ...]
    facts: tuple[Fact, ...] = ()
    """Each distinct one once: what is derived from them depends on no order of arrival."""
    failures: tuple[Failure, ...] = ()
    fingerprint: str
    placed_at: AwareDatetime
    deadline: AwareDatetime
    deadline_extended: bool = False
    next_sweep_at: AwareDatetime
    """Counts only while the order is not settled."""
    sweeps: int = 0
    told: bool = False
    """Whether the sweep has published what nobody reacted to, and knows that the bus took it."""
    history: History = ()

    def meanings(self, segment: str) -> set[Meaning]:
        """Answers all that a segment's facts mean."""
        return {fact.meaning for fact in self.facts if fact.segment == segment}

    def has_spoken(self, segment: str) -> bool:
        """Answers whether a segment has succeeded or failed with its try."""
        return bool(self.meanings(segment) & {Meaning.TRIED, Meaning.FAILED, Meaning.STUCK})

    @property
    def silent_segments(self) -> tuple[str, ...]:
        """The required segments of which no outcome is known."""
        return tuple(s for s in self.required_segments if not self.has_spoken(s))

    @property
    def all_tried(self) -> bool:
        """Whether every required segment holds what the order needs."""
        return all(Meaning.TRIED in self.meanings(s) for s in self.required_segments)

    @property
    def settled(self) -> bool:
        """Whether nothing is outstanding: all done, or nothing held any more."""
        match self.status:
            case Status.PENDING:
                return False
            case Status.CONFIRMED:
                return all(Meaning.DONE in self.meanings(s) for s in self.required_segments)
            case Status.REJECTED | Status.CANCELLED:
                return all(self._holds_nothing(s) for s in self.required_segments)

    @property
    def placing_heard(self) -> bool:
        """Whether a segment has acted on the placing: then it got out."""
        heard = {Meaning.TRIED, Meaning.FAILED, Meaning.DONE, Meaning.NEWS}
        dead = DEAD.format("OrderPlaced")
        return any(fact.meaning in heard or fact.name == dead for fact in self.facts)

    @property
    def verdict_heard(self) -> bool:
        """Whether a segment has acted on the verdict: then it got out."""
        return any(fact.meaning in {Meaning.DONE, Meaning.UNDONE} for fact in self.facts)

    @property
    def untold(self) -> tuple[Transition, ...]:
        """The steps whose events may never have got out.

        Those of commands: a message would be delivered again until its events are out, but nobody
        sends a shopper's call or a sweep again.
        """
        if self.told:
            return ()
        return tuple(step for step in self.history if step.recorded and self._may_be_untold(step))

    def _may_be_untold(self, step: Transition) -> bool:
        if step is self.history[0]:
            return not self.placing_heard
        commands = {command_id(self.transaction_id, name) for name in ("cancel", "deadline")}
        return step.cause in commands and not self.verdict_heard

    @property
    def at_rest(self) -> bool:
        """Whether nothing is left to do or to tell: the sweep need not look at it any more."""
        return self.settled and not self.untold

    def _holds_nothing(self, segment: str) -> bool:
        return bool(self.meanings(segment) & {Meaning.UNDONE, Meaning.FAILED})

    def is_owed_by(self, segment: str) -> bool:
        """Answers whether a dead order still waits for a segment to give back what it holds."""
        dead = self.status in {Status.REJECTED, Status.CANCELLED}
        return dead and not self._holds_nothing(segment)

    def sweep_after(self, now: datetime) -> datetime:
        """Answers when to look again: ever more rarely, but never later than the deadline."""
        doublings = min(self.sweeps, 10)
        pause = min(FIRST_SWEEP * (1 << doublings), LONGEST_SWEEP)
        if self.status is Status.PENDING:
            return max(now, min(now + pause, self.deadline))
        return now + pause
