"""payments in memory over the sandbox provider's own books, with faults where a test wants them."""

from collections.abc import Iterable
from datetime import timedelta
from typing import Any

from fakes_shared import TRANSACTION, FakeClock, FakeRecords

from payments.books import Entry
from payments.domain.messages import ActionDone
from payments.domain.payment import Operation, Payment
from payments.paying import Deps, key, pay, work
from payments.sandbox import SandboxProvider, authorization_id
from payments.switches import UNTOUCHED, Authorizing, Capturing, Switches
from shared.errors import RetryableError
from shared.events import Envelope

PAYMENT = f"payment#{authorization_id(key(TRANSACTION, Operation.AUTHORIZE))}"

BANK = "https://bank.example/#"
DRAWN = "drawn-at-random"
ACTION = f"{PAYMENT.removeprefix('payment#')}.{DRAWN}"
"""What opens the payment at the bank."""


class CrashError(Exception):
    """The worker dies here."""


class FakeSwitchboard:
    """Switches in memory, by the same promises as DynamoSwitchboard."""

    def __init__(self) -> None:
        self.switches = UNTOUCHED
        self.reads = 0

    def read(self) -> Switches:
        """Answers the switches as they were turned last."""
        self.reads += 1
        return self.switches

    def turn(self, switches: Switches) -> None:
        """Turns the switches."""
        self.switches = switches


class Till:
    """payments, its provider, and a clock that sleeping moves."""

    def __init__(self, faults: Iterable[bool] = ()) -> None:
        self.clock = FakeClock()
        self.payments = FakeRecords[Payment]()
        self.books = FakeRecords[Entry](key="pk")
        self.switchboard = FakeSwitchboard()
        self.sandbox = SandboxProvider(
            self.books,
            self.switchboard,
            self.clock,
            self.clock.forward,
            lambda: DRAWN,
            timeout=timedelta(seconds=5),
            action_url=BANK,
        )
        self.faults = iter(faults)
        self.calls: list[str] = []
        self.deps = Deps(Crashing(self.payments, self), Crashing(self.sandbox, self), self.clock)

    def tell(self, envelope: Envelope) -> list[Envelope]:
        """Delivers an event once; whatever goes wrong is the caller's to see."""
        return list(pay(envelope, self.deps))

    def tell_until_done(self, envelope: Envelope, tries: int = 30) -> list[Envelope]:
        """Delivers an event as its queue does, again after each failure."""
        for _ in range(tries):
            try:
                return self.tell(envelope)
            except (RetryableError, CrashError):
                self.clock.forward(5)
        raise AssertionError("never done")

    def act(self, *, succeeds: bool) -> list[Envelope]:
        """Does what the shopper does, and what the provider's notice leads to."""
        self.sandbox.act(key(TRANSACTION, Operation.AUTHORIZE), succeeds=succeeds)
        return list(work(TRANSACTION, ActionDone(TRANSACTION), self.deps))

    def switch(self, *, authorize: str = "as_asked", capture: str = "as_asked") -> None:
        """Turns the sandbox's switches, as an operator does."""
        switches = Switches(authorize=Authorizing(authorize), capture=Capturing(capture))
        self.switchboard.turn(switches)

    @property
    def status(self) -> str:
        """Where the payment stands."""
        return self.payments.kept[TRANSACTION].status

    @property
    def at_provider(self) -> list[str]:
        """The statuses of all payments in the provider's books."""
        return [str(e.status) for pk, e in self.books.kept.items() if pk.startswith("payment#")]


class Crashing:
    """Passes calls on, and dies before or after them where the till's faults say so."""

    def __init__(self, real: Any, till: Till) -> None:  # noqa: ANN401 - any port
        self._real = real
        self._till = till

    def __getattr__(self, name: str) -> Any:  # noqa: ANN401 - any method
        def call(*given: object, **named: object) -> object:
            self._till.calls.append(name)
            self._die_perhaps()
            answer = getattr(self._real, name)(*given, **named)
            self._die_perhaps()
            return answer

        return call

    def _die_perhaps(self) -> None:
        if next(self._till.faults, False):
            raise CrashError


def names(envelopes: Iterable[Envelope]) -> list[str]:
    """Answers what events are called."""
    return [envelope.detail_type for envelope in envelopes]
