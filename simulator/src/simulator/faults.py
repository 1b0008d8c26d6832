"""What goes wrong, how often; every choice comes from the world's one seed."""

from collections.abc import Iterable
from dataclasses import dataclass, fields, replace
from random import Random


@dataclass(frozen=True)
class Rates:
    """Probabilities. Of each AWS call, unless it is said otherwise."""

    crash_before: float = 0.002
    """The worker dies; the call was never made."""
    crash_after: float = 0.002
    """The worker dies; the call's effect is done."""
    throttled: float = 0.004
    """The service refuses, also after the client's own retries."""
    failed: float = 0.002
    """The service fails before it does anything."""
    lost: float = 0.002
    """The effect is done, the answer never arrives."""
    repeated: float = 0.002
    """The client repeats a call whose answer was lost: it gets the second one's answer."""
    frozen: float = 0.001
    """The worker stands still for up to four minutes, also longer than it may live."""
    refused_entry: float = 0.005
    """PutEvents refuses an entry (of each entry)."""
    conflict: float = 0.01
    """A transaction meets another one (of each transaction)."""
    stale: float = 0.1
    """An eventually consistent read is up to two seconds old (of each such read)."""
    duplicated: float = 0.01
    """A message reaches a queue twice (of each delivery)."""
    delayed: float = 0.02
    """A message takes seconds to minutes instead of milliseconds (of each delivery)."""
    undeliverable: float = 0.0005
    """A rule gives a message up, to its dead-letter queue (of each delivery)."""
    reshown: float = 0.005
    """A message in flight is delivered again while its handler is still at it (of each receipt)."""
    undeleted: float = 0.003
    """A message is not deleted though its handler was done with it (of each)."""
    provider_down: float = 0.02
    """The payment provider refuses to work (of each call of it)."""
    provider_silent: float = 0.02
    """The payment provider works, its answer never arrives (of each call of it)."""
    client_retry: float = 0.05
    """A shopper sends the same checkout again, at once or later (of each checkout)."""
    cancel: float = 0.08
    """A shopper calls the order off, at whatever moment (of each checkout)."""
    disconnected: float = 0.15
    """A follower's WebSocket breaks, mostly noticed by the gateway (of each connection)."""
    outage: float = 0.15
    """A consumer is dead for up to two hours: its queue runs over (of each world)."""
    skew: float = 0.3
    """Workers' clocks are up to two seconds off (of each world)."""
    replay: float = 0.2
    """The archive is replayed in the middle (of each world)."""

    def only(self, kinds: Iterable[str]) -> "Rates":
        """Answers the rates of these kinds; the others never happen."""
        return replace(NONE, **{kind: getattr(self, kind) for kind in kinds})

    def without(self, *kinds: str) -> "Rates":
        """Answers the rates with kinds that never happen."""
        return replace(self, **dict.fromkeys(kinds, 0.0))

    def times(self, factor: float) -> "Rates":
        """Answers the rates made more or less likely, as far as they can."""
        return Rates(**{kind: min(0.9, getattr(self, kind) * factor) for kind in KINDS})


KINDS: tuple[str, ...] = tuple(field.name for field in fields(Rates))
ALL = Rates()
NONE = Rates(**dict.fromkeys(KINDS, 0.0))
AT_CALLS = ("crash_before", "crash_after", "throttled", "failed", "lost", "repeated", "frozen")
"""The kinds that strike at any AWS call, one at a time."""


def parsed(given: Iterable[str]) -> Rates:
    """Answers the default rates with some set to others, each written as KIND=RATE.

    `none=0` turns off all that were set before it. Raises ValueError for what is no rate.
    """
    rates = ALL
    for text in given:
        kind, _, rate = text.partition("=")
        if text == "none=0":
            rates = NONE
        elif kind in KINDS and _is_probability(rate):
            rates = replace(rates, **{kind: float(rate)})
        else:
            raise ValueError(
                f"{text!r} is no fault: write KIND=RATE, a rate from 0 to 1, "
                f"a kind of {', '.join(KINDS)}"
            )
    return rates


def _is_probability(text: str) -> bool:
    try:
        return 0.0 <= float(text) <= 1.0
    except ValueError:
        return False


def swarm(rates: Rates, random: Random) -> Rates:
    """Answers rates for one world: some kinds rarer, some more frequent, some not at all.

    Worlds that differ in what goes wrong find more than worlds in which all goes wrong evenly.
    """
    factors = {kind: random.choice((0.0, 0.3, 1.0, 1.0, 2.0)) for kind in KINDS}
    return Rates(**{kind: min(0.9, getattr(rates, kind) * factors[kind]) for kind in KINDS})


class Dice:
    """Draws from one seed; `healed` ends all faults."""

    def __init__(self, rates: Rates, random: Random) -> None:
        self.rates = rates
        self.random = random
        self.healed = False
        self._bounds: list[tuple[float, str]] = []
        bound = 0.0
        for kind in AT_CALLS:
            bound += getattr(rates, kind)
            self._bounds.append((bound, kind))
        self._most = bound

    def at_call(self) -> str | None:
        """Answers what strikes at this AWS call, mostly nothing."""
        drawn = self.random.random()
        if drawn >= self._most or self.healed:
            return None
        return next(kind for bound, kind in self._bounds if drawn < bound)

    def strikes(self, rate: float) -> bool:
        """Draws for one kind of fault."""
        return rate > 0.0 and not self.healed and self.random.random() < rate

    def lag(self) -> float:
        """Answers how old an eventually consistent read is, in seconds."""
        return self.random.uniform(0.01, 2) if self.strikes(self.rates.stale) else 0.0
