"""What the segments say of an order, and what becomes of it."""

from datetime import timedelta

import pytest
from events import euros, event
from fakes_orders import QUARTER, Desk, data_of, names, new_order, owner, place, product
from fakes_shared import NOON, TRANSACTION
from told import (
    ACTION,
    AUTHORIZED,
    CAPTURED,
    COMMITTED,
    DECLINED,
    EXPIRED,
    HEARD,
    PAYMENT_STALLED,
    REFUNDED,
    RELEASED,
    RESERVED,
    SHORT,
    STOCK_STALLED,
    UNCAPTURED,
    VOIDED,
)

from orders.consumes import CONSUMES
from orders.domain.decide import ACTION_TIME, GRACE, decide
from orders.domain.facts import fact_of
from orders.domain.order import FIRST_SWEEP, Meaning, Status
from shared.decision import Ignored
from shared.events import (
    Envelope,
    OrderCancelled,
    OrderConfirmed,
    OrderRejected,
    PaymentActionRequired,
    PaymentDeclined,
    ProductChanged,
)


@pytest.fixture
def desk() -> Desk:
    desk = Desk()
    desk.place()
    return desk


def _codes(envelopes: list[Envelope]) -> list[tuple[str, str]]:
    data = data_of(envelopes)
    assert isinstance(data, OrderRejected | OrderCancelled)
    return [(failure.segment, failure.code) for failure in data.failures]


def test_the_tests_know_everything_that_orders_hears() -> None:
    heard = {(envelope.service, type(envelope.data)) for envelope in HEARD}
    assert heard == CONSUMES - {("inventory", ProductChanged)}


@pytest.mark.parametrize("envelope", HEARD, ids=lambda e: f"{e.service}-{e.detail_type}")
def test_what_is_said_of_no_order_is_ignored(envelope: Envelope) -> None:
    assert decide(None, envelope, NOON) == Ignored("no such order")


def test_an_order_is_placed_once() -> None:
    assert decide(new_order(NOON), place(), NOON) == Ignored("placed before")


# The verdict ------------------------------------------------------------------------------------


@pytest.mark.parametrize("said", [(RESERVED, AUTHORIZED), (AUTHORIZED, RESERVED)])
def test_the_last_of_two_successes_confirms_the_order(desk: Desk, said: tuple[Envelope]) -> None:
    assert desk.hear(*said[:1]) == []
    assert desk.order().status is Status.PENDING
    assert data_of(desk.hear(*said[1:])) == OrderConfirmed(total=euros(100))
    assert desk.order().status is Status.CONFIRMED


def test_a_segment_that_is_not_required_decides_nothing() -> None:
    desk = Desk()
    desk.orders.save(new_order(NOON, place(segments=("inventory",))))
    assert desk.hear(AUTHORIZED) == []
    assert names(desk.hear(RESERVED)) == ["OrderConfirmed"]
    assert desk.order().settled is False
    desk.hear(COMMITTED)
    assert desk.order().settled is True


@pytest.mark.parametrize("said", [(SHORT, DECLINED), (DECLINED, SHORT)])
def test_the_last_of_two_failures_rejects_the_order_with_both(
    desk: Desk, said: tuple[Envelope, ...]
) -> None:
    assert desk.hear(*said[:1]) == []
    rejected = desk.hear(*said[1:])
    assert names(rejected) == ["OrderRejected"]
    assert sorted(_codes(rejected)) == [("inventory", "shortage"), ("payments", "card_declined")]
    assert desk.order().settled


@pytest.mark.parametrize("said", [(RESERVED, DECLINED), (SHORT, AUTHORIZED)])
@pytest.mark.parametrize("turn", [1, -1])
def test_one_failure_rejects_the_order_once_the_other_has_spoken(
    desk: Desk, said: tuple[Envelope, ...], turn: int
) -> None:
    rejected = desk.hear(*said[::turn])
    assert names(rejected) == ["OrderRejected"]
    assert len(_codes(rejected)) == 1
    assert not desk.order().settled


def test_the_first_failure_gives_the_others_a_short_grace(desk: Desk) -> None:
    desk.hear(SHORT)
    order = desk.order()
    assert order.status is Status.PENDING
    assert (order.deadline, order.next_sweep_at) == (NOON + GRACE, NOON + GRACE)


def test_further_news_does_not_prolong_the_grace(desk: Desk) -> None:
    desk.hear(SHORT)
    desk.clock.forward(5)
    desk.hear(ACTION)
    assert desk.order().deadline == NOON + GRACE
    assert not desk.order().deadline_extended


def test_a_failure_just_before_the_deadline_does_not_move_it(desk: Desk) -> None:
    deadline = desk.order().deadline
    desk.clock.moment = deadline - timedelta(seconds=1)
    desk.hear(SHORT)
    assert desk.order().deadline == deadline


def test_a_segment_that_gave_up_rejects_the_order_at_once(desk: Desk) -> None:
    rejected = desk.hear(PAYMENT_STALLED)
    assert _codes(rejected) == [("payments", "segment_failed")]
    data = data_of(rejected)
    assert isinstance(data, OrderRejected)
    assert data.failures[0].retryable


def test_a_segment_that_gave_up_has_its_rejection_told_to_the_one_that_holds_something(
    desk: Desk,
) -> None:
    assert names(desk.hear(RESERVED, PAYMENT_STALLED)) == ["OrderRejected"]
    assert not desk.order().settled
    desk.hear(RELEASED)
    assert not desk.order().settled
    desk.hear(VOIDED)
    assert desk.order().settled


def test_a_segment_that_gave_up_is_named_beside_a_failure_known_before(desk: Desk) -> None:
    rejected = desk.hear(SHORT, PAYMENT_STALLED)
    assert _codes(rejected) == [("inventory", "shortage"), ("payments", "segment_failed")]


def test_a_segment_that_gave_up_after_it_had_succeeded_rejects_the_order_too(desk: Desk) -> None:
    assert desk.hear(AUTHORIZED) == []
    assert _codes(desk.hear(PAYMENT_STALLED)) == [("payments", "segment_failed")]


def test_two_segments_that_gave_up_reject_the_order_once(desk: Desk) -> None:
    assert names(desk.hear(PAYMENT_STALLED)) == ["OrderRejected"]
    assert desk.hear(STOCK_STALLED) == []
    assert [f.segment for f in desk.order().failures] == ["payments", "inventory"]
    assert not desk.order().settled


def test_a_segment_that_comes_back_after_the_rejection_is_told_to_give_back(desk: Desk) -> None:
    rejected = desk.hear(RESERVED, PAYMENT_STALLED)
    desk.hear(RELEASED)
    assert desk.hear(AUTHORIZED) == rejected
    assert not desk.order().settled
    desk.hear(VOIDED)
    assert desk.order().settled


def test_a_segment_that_is_not_required_may_give_up() -> None:
    desk = Desk()
    desk.orders.save(new_order(NOON, place(segments=("inventory",))))
    assert desk.hear(PAYMENT_STALLED) == []
    assert desk.order().status is Status.PENDING


def test_a_failed_capture_before_the_verdict_counts_as_a_failure(desk: Desk) -> None:
    assert names(desk.hear(AUTHORIZED, UNCAPTURED, RESERVED)) == ["OrderRejected"]


def test_stock_that_expired_before_the_verdict_decides_nothing(desk: Desk) -> None:
    assert desk.hear(RESERVED, EXPIRED) == []
    assert names(desk.hear(AUTHORIZED)) == ["OrderConfirmed"]


# The shopper's action ---------------------------------------------------------------------------


def test_an_action_gives_the_shopper_time_once(desk: Desk) -> None:
    desk.clock.forward(600)
    assert desk.hear(ACTION) == []
    extended = desk.clock() + ACTION_TIME
    assert desk.order().deadline == extended
    desk.clock.forward(60)
    another = PaymentActionRequired(action_url="https://b.example", expires_at=NOON)
    desk.hear(event("payments", another, cause="another"))
    assert desk.order().deadline == extended


def test_an_action_never_shortens_the_time(desk: Desk) -> None:
    later = desk.order().model_copy(update={"deadline": NOON + 2 * ACTION_TIME})
    desk.orders.save(later)
    desk.hear(ACTION)
    assert desk.order().deadline == NOON + 2 * ACTION_TIME


def test_an_order_is_confirmed_after_the_shoppers_action(desk: Desk) -> None:
    assert names(desk.hear(RESERVED, ACTION, AUTHORIZED)) == ["OrderConfirmed"]


# After the verdict ------------------------------------------------------------------------------


def test_a_confirmed_order_is_settled_once_both_have_completed(desk: Desk) -> None:
    assert desk.hear(RESERVED, AUTHORIZED, CAPTURED) == []
    assert not desk.order().settled
    assert desk.hear(COMMITTED) == []
    assert desk.order().settled


@pytest.mark.parametrize(
    ("failed", "reason"), [(UNCAPTURED, "capture_failed"), (SHORT, "stock_unavailable")]
)
def test_a_confirmed_order_that_can_not_be_completed_is_cancelled(
    desk: Desk, failed: Envelope, reason: str
) -> None:
    cancelled = desk.hear(RESERVED, AUTHORIZED, failed)
    data = data_of(cancelled)
    assert isinstance(data, OrderCancelled)
    assert data.reason == reason
    assert len(data.failures) == 1
    assert desk.order().status is Status.CANCELLED


@pytest.mark.parametrize("gave_up", [STOCK_STALLED, PAYMENT_STALLED])
def test_a_segment_that_gave_up_later_leaves_the_verdict_to_the_operator(
    desk: Desk, gave_up: Envelope
) -> None:
    assert desk.hear(RESERVED, AUTHORIZED, gave_up) == []
    assert desk.order().status is Status.CONFIRMED
    assert (desk.order().settled, desk.order().failures) == (False, ())
    desk.hear(COMMITTED, CAPTURED)
    assert desk.order().settled


@pytest.mark.parametrize("given_back", [VOIDED, REFUNDED])
def test_a_cancelled_order_is_settled_once_both_have_given_back(
    desk: Desk, given_back: Envelope
) -> None:
    desk.hear(RESERVED, AUTHORIZED, UNCAPTURED)
    assert desk.hear(given_back) == []
    assert not desk.order().settled
    desk.hear(RELEASED)
    assert desk.order().settled


def test_expired_stock_does_not_settle_a_dead_order(desk: Desk) -> None:
    desk.cancel(owner())
    desk.hear(EXPIRED, VOIDED)
    assert not desk.order().settled


def test_a_segment_that_acts_on_a_dead_order_is_told_again_that_it_is_dead(desk: Desk) -> None:
    desk.cancel(owner())
    assert desk.hear(RESERVED) == desk.bus.published
    assert desk.hear(COMMITTED) == desk.bus.published
    assert desk.order().status is Status.CANCELLED


def test_a_segment_that_has_given_back_is_not_told_again(desk: Desk) -> None:
    desk.cancel(owner())
    assert desk.hear(RELEASED, RESERVED) == []


def test_a_failure_of_a_dead_order_is_noted_and_settles_its_part(desk: Desk) -> None:
    desk.cancel(owner())
    assert desk.hear(SHORT, DECLINED) == []
    order = desk.order()
    assert (order.status, order.settled) == (Status.CANCELLED, True)
    assert [f.code for f in order.failures] == ["shortage", "card_declined"]


# The same again ---------------------------------------------------------------------------------


def test_a_verdicts_cause_that_comes_again_publishes_the_same_verdict(desk: Desk) -> None:
    first = desk.hear(RESERVED, AUTHORIZED)
    version = desk.order().version
    desk.clock.forward(60)
    assert desk.hear(AUTHORIZED) == first
    assert desk.order().version == version


def test_a_reminder_that_may_be_lost_is_repeated_with_its_message(desk: Desk) -> None:
    desk.hear(RESERVED)
    desk.cancel(owner())
    first = desk.hear(AUTHORIZED)
    assert names(first) == ["OrderCancelled"]
    assert desk.hear(AUTHORIZED) == first


def test_the_same_fact_in_another_message_changes_nothing(desk: Desk) -> None:
    desk.hear(SHORT)
    version = desk.order().version
    assert desk.hear(event("inventory", SHORT.data, cause="again")) == []
    assert desk.order().version == version


def test_the_same_fact_in_another_message_reminds_a_segment_of_a_dead_order(desk: Desk) -> None:
    desk.hear(RESERVED)
    desk.cancel(owner())
    again = event("inventory", RESERVED.data, cause="again")
    assert desk.hear(again) == desk.bus.published


# What a failure says ----------------------------------------------------------------------------


def test_a_shortage_names_its_skus(desk: Desk) -> None:
    desk.hear(SHORT)
    (failure,) = desk.order().failures
    assert failure.message == "Not enough in stock: A."
    assert (failure.shortages[0].requested, failure.shortages[0].available) == (2, 1)
    assert not failure.retryable


@pytest.mark.parametrize("retryable", [True, False])
def test_a_declined_payment_says_whether_another_try_may_help(desk: Desk, retryable: bool) -> None:  # noqa: FBT001
    data = PaymentDeclined(code="c", message="m", retryable=retryable)
    desk.hear(event("payments", data))
    (failure,) = desk.order().failures
    assert (failure.code, failure.message, failure.retryable) == ("c", "m", retryable)


def test_a_failed_capture_says_why(desk: Desk) -> None:
    desk.hear(RESERVED, AUTHORIZED, UNCAPTURED)
    (failure,) = desk.order().failures
    assert (failure.segment, failure.code, failure.message) == ("payments", "capture_refused", "no")


def test_a_segments_name_is_its_services() -> None:
    fact = fact_of(PAYMENT_STALLED)
    assert (fact.segment, fact.name, fact.meaning) == (
        "payments",
        "SegmentFailed of OrderPlaced",
        Meaning.STUCK,
    )


# Order and catalogue ----------------------------------------------------------------------------


def test_a_placed_order_is_looked_after_soon_and_decided_in_time(desk: Desk) -> None:
    order = desk.order()
    assert (order.placed_at, order.deadline) == (NOON, NOON + QUARTER)
    assert order.next_sweep_at == NOON + FIRST_SWEEP
    assert order.transaction_id == TRANSACTION


def test_a_changed_product_is_kept_for_the_next_checkout(desk: Desk) -> None:
    changed = ProductChanged(
        sku="A", name="New", unit_price=euros(300), version=2, available_at_most=7
    )
    assert desk.hear(event("inventory", changed)) == []
    assert desk.catalogue.kept["A"] == product("A", 300, version=2, most=7).model_copy(
        update={"name": "New"}
    )


def test_old_news_of_a_product_is_ignored(desk: Desk) -> None:
    for version in (3, 2, 3):
        data = ProductChanged(sku="A", name="A", unit_price=euros(version), version=version)
        desk.hear(event("inventory", data))
    assert desk.catalogue.kept["A"].unit_price == euros(3)
