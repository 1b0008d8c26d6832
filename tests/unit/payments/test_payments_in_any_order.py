"""Messages in any order, notices, workers that die or overlap, publishes that are lost.

In the end either the queue delivers again what nobody acknowledged, or everything comes once more,
or all messages are lost (they died in the dead-letter queue) and orders repeats its latest word:
each must be enough to settle the payment.
"""

from collections.abc import Iterable, Iterator
from typing import Any

from events import cancelled, confirmed, placed, rejected
from fakes_shared import TRANSACTION
from hypothesis import example, given, settings
from hypothesis import strategies as st
from till import CrashError, Till, names

from payments.domain.messages import ActionDone
from payments.domain.payment import Operation
from payments.paying import Deps, key, work
from payments.sandbox import METHODS
from shared.errors import RetryableError
from shared.events import Envelope

DIES = -1
LATEST = 3
ONE = st.builds(
    lambda quiet, what: [*[None] * quiet, what],
    st.integers(0, 7),
    st.sampled_from([DIES, 0, LATEST]),
)
MOMENTS = st.just([]) | ONE | st.builds(lambda first, then: first + then, ONE, ONE)
"""What happens around each call of a worker: nothing, its death, or another worker's message."""
NUMBER, LOST = st.sampled_from([0, 1, LATEST]), st.booleans()
ACTIONS = st.lists(
    st.tuples(st.just("deliver"), NUMBER, LOST, MOMENTS)
    | st.tuples(st.just("act"), st.booleans(), LOST, MOMENTS)
    | st.tuples(
        st.sampled_from(["wait", "confirm", "cancel", "reject"]),
        st.sampled_from([1, 31, 1200, 90_000]),
        st.just(value=False),
        st.just([]),
    ),
    min_size=3,
    max_size=25,
)
AT_THE_CAPTURE = [None] * 4
"""A confirmation's worker loads, then saves its intent: four quiet moments, and it calls."""
OVERTAKEN = [("cancel", 1, False, []), ("deliver", 1, False, [*AT_THE_CAPTURE, LATEST])]
"""A cancellation is noted by another worker while the capture is under way."""
BOTH_AT_IT = [*AT_THE_CAPTURE, 1, *[None] * 5, DIES]
"""Another worker makes the same capture, commits the answer and dies before it can publish."""
LEFT_WITH_THE_VOID = [
    *[("deliver", 0, False, [])] * 4,
    ("cancel", 1, False, []),
    ("deliver", 0, False, []),
    ("deliver", 1, False, []),
    ("deliver", 0, False, [*[None] * 6, DIES]),
]
"""A cancellation is left to the worker at the slow call, which dies before it asks for the void."""
BEGINNINGS = st.sampled_from([[], ["deliver"], ["deliver", "confirm"]])
"""Half of the stories start late, else few would get as far as a capture."""
ENDS = st.sampled_from(["unacknowledged", "everything", "the latest word"])
ANSWERS = {
    "OrderConfirmed": {"PaymentCaptured", "PaymentCaptureFailed"},
    "OrderRejected": {"PaymentVoided", "PaymentDeclined"},
    "OrderCancelled": {"PaymentVoided", "PaymentDeclined", "PaymentRefunded"},
}


class Meddled:
    """Passes calls on, and lets something happen before and after each."""

    def __init__(self, real: Any, shop: "Shop") -> None:  # noqa: ANN401 - any port
        self._real = real
        self._shop = shop

    def __getattr__(self, name: str) -> Any:  # noqa: ANN401 - any method
        def call(*given: Any, **named: Any) -> object:  # noqa: ANN401 - any arguments
            self._shop.notice(name, given)
            self._shop.meddle()
            answer = getattr(self._real, name)(*given, **named)
            self._shop.meddle()
            return answer

        return call


class Shop(Till):
    """A till, and orders as far as payments hears of it."""

    def __init__(self, method: str) -> None:
        super().__init__()
        self.deps = Deps(Meddled(self.payments, self), Meddled(self.sandbox, self), self.clock)
        self.moments: Iterator[int | None] = iter(())
        self.sent = [placed(("A", 2), method=f"pm_sandbox_{method}")]
        self.delivered: set[str] = set()
        self.acknowledged: set[str] = set()
        self.published: dict[str, Envelope] = {}
        self.keys: dict[str, set[str]] = {}

    @property
    def sent_names(self) -> list[str]:
        return names(self.sent)

    @property
    def published_names(self) -> list[str]:
        return names(self.published.values())

    def meddle(self) -> None:
        """Lets the next thing happen: a death, or a whole message at another worker."""
        moment = next(self.moments, None)
        if moment == DIES:
            raise CrashError
        if moment is not None:
            self.deliver(moment)

    def notice(self, name: str, given: tuple[Any, ...]) -> None:
        """Holds every call to what must never be, and keeps its idempotency key."""
        assert name != "capture" or "OrderConfirmed" in self.delivered
        if name in {"authorize", "capture", "void", "refund"}:
            self.keys.setdefault(name, set()).add(given[0])

    def deliver(self, number: int, *, lost: bool = False) -> None:
        """Delivers a message that was sent; its events may never reach the bus."""
        envelope = self.sent[min(number, len(self.sent) - 1)]
        self.delivered.add(envelope.detail_type)
        try:
            events = self.tell(envelope)
        except (RetryableError, CrashError):
            return
        if not lost:
            self.publish(events)
            self.acknowledged.add(envelope.event_id)

    def notify(self, *, succeeds: bool, lost: bool) -> None:
        """The shopper acts, and the provider's notice comes once."""
        self.sandbox.act(key(TRANSACTION, Operation.AUTHORIZE), succeeds=succeeds)
        try:
            events = work(TRANSACTION, ActionDone(TRANSACTION), self.deps)
        except (RetryableError, CrashError):
            return
        self.publish(() if lost else events)

    def publish(self, events: Iterable[Envelope]) -> None:
        self.published |= {event.event_id: event for event in events}

    def decide(self, word: str) -> None:
        """orders speaks, as far as it may: confirms what is authorized, calls off but once."""
        off = {"OrderRejected", "OrderCancelled"} & set(self.sent_names)
        on = "OrderConfirmed" in self.sent_names
        if word == "confirm" and not (on or off) and "PaymentAuthorized" in self.published_names:
            self.sent.append(confirmed())
        if word == "cancel" and not off:
            self.sent.append(cancelled())
        if word == "reject" and not (on or off):
            self.sent.append(rejected())

    def do(self, action: str, what: Any, *, lost: bool) -> None:  # noqa: ANN401 - by the action
        """Lets one thing happen."""
        match action:
            case "deliver":
                self.deliver(what, lost=lost)
            case "act":
                self.notify(succeeds=what, lost=lost)
            case "wait":
                self.clock.forward(what)
            case word:
                self.decide(word)

    def settle(self, end: str) -> None:
        """Delivers what the end says until it is done; nobody dies now."""
        self.moments = iter(())
        ends = {
            "unacknowledged": [e for e in self.sent if e.event_id not in self.acknowledged],
            "everything": self.sent * 2,
            "the latest word": self.sent[-1:] * 2,
        }
        for envelope in ends[end]:
            self.clock.forward(1 if end == "unacknowledged" else 31)
            self.delivered.add(envelope.detail_type)
            self.publish(self.tell_until_done(envelope))


@settings(deadline=None, max_examples=500)
@example("approve", ["deliver", "confirm"], OVERTAKEN, "unacknowledged")
@example("capture_fail", ["deliver", "confirm"], OVERTAKEN, "unacknowledged")
@example("approve", ["deliver", "confirm"], [("deliver", 1, False, BOTH_AT_IT)], "unacknowledged")
@example("slow", ["deliver"], LEFT_WITH_THE_VOID, "unacknowledged")
@given(st.sampled_from(METHODS), BEGINNINGS, ACTIONS, ENDS)
def test_whatever_happens_the_latest_word_is_carried_out_once_and_answered(
    method: str,
    beginning: list[str],
    actions: list[tuple[str, Any, bool, list[int | None]]],
    end: str,
) -> None:
    shop = Shop(method)
    for word in beginning:
        shop.do(word, 0, lost=False)
    for action, what, lost, moments in actions:
        shop.moments = iter(moments)
        shop.do(action, what, lost=lost)
    shop.settle(end)
    assert all(len(keys) == 1 for keys in shop.keys.values())
    assert len(set(shop.published_names)) == len(shop.published_names)
    assert len(shop.at_provider) <= 1
    _assert_carried_out(shop)


def _assert_carried_out(shop: Shop) -> None:
    said = set(shop.published_names)
    word = shop.sent_names[-1]
    assert word not in ANSWERS or ANSWERS[word] & said
    if word in {"OrderRejected", "OrderCancelled"}:
        assert set(shop.at_provider) <= {"voided", "refunded", "declined"}
    elif word == "OrderConfirmed":
        taken = "captured" if "PaymentCaptured" in said else "authorized"
        assert shop.at_provider == [taken]
    else:
        assert not {"captured", "voided", "refunded"} & set(shop.at_provider)
