"""Any deliveries, any crashes: nobody is charged twice, or for an order that is off."""

from events import cancelled, confirmed, placed, rejected
from hypothesis import given, settings
from hypothesis import strategies as st
from till import CrashError, Till

from shared.errors import RetryableError
from shared.events import Envelope

METHODS = st.sampled_from(
    ["approve", "decline", "slow", "outage", "capture_fail", "action_required"]
)
STORIES = st.sampled_from(["confirmed", "confirmed, cancelled", "rejected", "cancelled"])
FAULTS = st.lists(st.booleans(), max_size=40)


def _verdicts(story: str) -> list[Envelope]:
    kinds = {"confirmed": confirmed, "rejected": rejected, "cancelled": cancelled}
    return [kinds[name]() for name in story.split(", ")]


def _deliver(till: Till, envelope: Envelope) -> list[Envelope] | None:
    try:
        return till.tell(envelope)
    except (RetryableError, CrashError):
        return None


@settings(deadline=None, max_examples=300)
@given(METHODS, STORIES, FAULTS, st.data())
def test_money_is_taken_once_for_confirmed_orders_and_given_back_for_all_others(
    method: str, story: str, faults: list[bool], data: st.DataObject
) -> None:
    till, seen = Till(faults), dict[str, set[str]]()
    sent = [placed(("A", 2), method=f"pm_sandbox_{method}")]
    pending = list(sent)
    published: set[str] = set()
    for verdict in [None, *_verdicts(story)]:
        if verdict is not None:
            # orders confirms only what was authorized; else its verdict is a rejection.
            refused = verdict.detail_type == "OrderConfirmed" and (
                "PaymentAuthorized" not in published
            )
            sent.append(rejected() if refused else verdict)
            pending.append(sent[-1])
        for _ in range(data.draw(st.integers(0, 6))):
            envelope = data.draw(st.sampled_from(sent))
            _note(_deliver(till, envelope), seen, published)
            till.clock.forward(data.draw(st.integers(0, 40)))
        if verdict is None:
            _settle(till, pending, seen, published)
    _settle(till, sent, seen, published)
    _assert_books(till, [envelope.detail_type for envelope in sent])
    assert all(len(ids) == 1 for ids in seen.values())


def _note(envelopes: list[Envelope] | None, seen: dict[str, set[str]], published: set[str]) -> None:
    for envelope in envelopes or ():
        seen.setdefault(envelope.detail_type, set()).add(envelope.event_id)
        published.add(envelope.detail_type)


def _settle(
    till: Till, sent: list[Envelope], seen: dict[str, set[str]], published: set[str]
) -> None:
    """Delivers everything until it is done, without further crashes, as queues and sweeps do."""
    till.faults = iter(())
    for _ in range(3):
        for envelope in sent:
            till.clock.forward(31)
            _note(till.tell_until_done(envelope), seen, published)


def _assert_books(till: Till, sent: list[str]) -> None:
    assert len(till.at_provider) <= 1
    off = {"OrderRejected", "OrderCancelled"} & set(sent)
    for status in till.at_provider:
        assert status != "captured" or "OrderConfirmed" in sent
        if off:
            assert status in {"voided", "refunded", "declined"}
        elif till.status == "CAPTURED":
            assert status == "captured"
