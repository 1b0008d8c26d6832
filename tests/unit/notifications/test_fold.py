import json
from datetime import timedelta

import pytest
from events import cancelled, confirmed, euros, event, placed, rejected
from fakes_shared import NOON
from hypothesis import given, settings
from hypothesis import strategies as st
from project import ROOT

from notifications.consumes import CONSUMES
from notifications.domain.fold import fold
from notifications.domain.view import Status
from shared.events import (
    SOURCE_PREFIX,
    Envelope,
    EventData,
    PaymentActionRequired,
    PaymentAuthorized,
    PaymentCaptured,
    PaymentCaptureFailed,
    PaymentDeclined,
    PaymentRefunded,
    PaymentVoided,
    ProductChanged,
    SegmentFailed,
    Shortage,
    StockCommitted,
    StockReleased,
    StockReservationFailed,
    StockReserved,
    parse,
)

LATER = NOON + timedelta(minutes=1)
STOCK: tuple[EventData, ...] = (
    StockReserved(lines=(), expires_at=LATER),
    StockReservationFailed(
        code="shortage", shortages=(Shortage(sku="A", requested=2, available=1),)
    ),
    StockCommitted(lines=()),
    StockReleased(lines=(), reason="rejected"),
    StockReleased(lines=(), reason="expired"),
)
MONEY: tuple[EventData, ...] = (
    PaymentAuthorized(amount=euros(100), authorization_id="a"),
    PaymentActionRequired(action_url="https://bank.example/3ds", expires_at=LATER),
    PaymentDeclined(code="card_declined", message="no"),
    PaymentCaptured(amount=euros(100)),
    PaymentCaptureFailed(code="capture_refused", message="no"),
    PaymentVoided(amount=euros(100)),
    PaymentRefunded(amount=euros(100)),
)
DEAD = SegmentFailed(
    failed_event_id="e", failed_detail_type="OrderPlaced", error="KeyError", attempts=20
)
RESERVED, SHORT, COMMITTED, RELEASED, EXPIRED = (event("inventory", data) for data in STOCK)
EXPIRED = event("inventory", STOCK[4], cause="expiry")
AUTHORIZED, ACTION, DECLINED, CAPTURED, UNCAPTURED, VOIDED, REFUNDED = (
    event("payments", data) for data in MONEY
)
PLACED = placed(("A", 1))
ALL = [
    PLACED, confirmed(), rejected(), cancelled(), RESERVED, SHORT, COMMITTED, RELEASED, EXPIRED,
    AUTHORIZED, ACTION, DECLINED, CAPTURED, UNCAPTURED, VOIDED, REFUNDED,
    event("payments", DEAD), event("inventory", DEAD),
]  # fmt: skip


@settings(deadline=None)
@given(st.lists(st.sampled_from(ALL), max_size=25), st.randoms(use_true_random=False))
def test_neither_order_nor_repetition_changes_the_view(
    heard: list[Envelope], dice: "st.random.Random"
) -> None:
    shuffled = heard + heard[: len(heard) // 2]
    dice.shuffle(shuffled)
    assert fold(shuffled) == fold(heard)


@settings(deadline=None)
@given(st.permutations(ALL))
def test_whatever_contradicts_itself_is_shown_alike_in_any_order(heard: list[Envelope]) -> None:
    assert fold(heard) == fold(ALL)


@settings(deadline=None)
@given(st.lists(st.sampled_from(ALL), unique_by=lambda e: e.event_id))
def test_the_sequence_counts_the_distinct_events(heard: list[Envelope]) -> None:
    assert fold(heard).sequence == len(heard)


def test_before_the_first_event_the_order_is_accepted() -> None:
    view = fold([])
    assert (view.sequence, view.status, view.final) == (0, Status.ACCEPTED, False)
    assert view.segments["order"].state == "pending"


def test_a_placed_order_names_the_segments_that_it_waits_for() -> None:
    view = fold([PLACED])
    assert view.status is Status.PENDING
    states = {name: segment.state for name, segment in view.segments.items()}
    assert states == {"order": "placed", "inventory": "pending", "payments": "pending"}


def test_a_confirmed_order_is_final_once_money_and_stock_have_followed() -> None:
    tried = [PLACED, RESERVED, AUTHORIZED, confirmed()]
    assert fold(tried).status is Status.CONFIRMED
    assert not fold([*tried, CAPTURED]).final
    assert fold([*tried, CAPTURED, COMMITTED]).final


def test_a_rejected_order_is_final_once_everything_is_given_back() -> None:
    dead = [PLACED, RESERVED, DECLINED, rejected()]
    assert not fold(dead).final
    assert fold([*dead, RELEASED]).final


def test_a_cancellation_outdoes_a_confirmation() -> None:
    tried = [PLACED, RESERVED, AUTHORIZED, confirmed(), UNCAPTURED]
    view = fold([*tried, cancelled()])
    assert (view.status, view.final) == (Status.CANCELLED, False)
    assert fold([*tried, cancelled(), VOIDED, RELEASED]).final


@pytest.mark.parametrize("given_back", [VOIDED, REFUNDED])
def test_a_confirmed_order_that_is_called_off_is_final_once_the_money_is_back(
    given_back: Envelope,
) -> None:
    dead = [PLACED, RESERVED, AUTHORIZED, confirmed(), CAPTURED, SHORT, cancelled()]
    assert not fold(dead).final
    assert fold([*dead, given_back]).final


@pytest.mark.parametrize("verdict", [rejected(), cancelled()])
def test_a_segment_that_only_gave_up_may_still_hold_something(verdict: Envelope) -> None:
    stuck = [PLACED, SHORT, event("payments", DEAD), verdict]
    view = fold(stuck)
    assert (view.segments["payments"].state, view.final) == ("failed", False)
    assert fold([*stuck, VOIDED]).final


@settings(deadline=None)
@given(st.lists(st.sampled_from(ALL), unique_by=lambda e: e.event_id))
def test_a_segment_that_gave_up_on_a_message_never_ends_an_order(heard: list[Envelope]) -> None:
    without = [e for e in heard if not isinstance(e.data, SegmentFailed)]
    assert fold(heard).final == fold(without).final


def test_nothing_is_final_before_it_is_known_who_takes_part() -> None:
    assert not fold([confirmed(), CAPTURED, COMMITTED]).final


def test_failures_of_both_segments_are_named_at_once() -> None:
    view = fold([PLACED, SHORT, DECLINED])
    assert [(f.segment, f.code, f.suggested_action) for f in view.failures] == [
        ("inventory", "shortage", "edit_cart"),
        ("payments", "card_declined", "other_payment_method"),
    ]
    assert view.failures[0].shortages == (Shortage(sku="A", requested=2, available=1),)
    assert view.segments["payments"].failure == view.failures[1]


def test_a_failure_told_twice_is_shown_once() -> None:
    view = fold([PLACED, DECLINED, rejected()])
    assert [f.code for f in view.failures] == ["card_declined"]


def test_a_code_that_nobody_has_words_for_keeps_its_own() -> None:
    odd = event("payments", PaymentDeclined(code="odd", message="The bank is closed."))
    (failure,) = fold([odd]).failures
    assert (failure.message, failure.suggested_action) == ("The bank is closed.", "contact_shop")


def test_an_action_is_shown_until_something_has_come_of_it() -> None:
    action = fold([PLACED, ACTION]).segments["payments"].action
    assert action is not None
    assert action.url == "https://bank.example/3ds"
    assert fold([PLACED, ACTION, AUTHORIZED]).segments["payments"].action is None


def test_a_segment_that_gave_up_on_a_message_has_failed_until_it_is_heard_again() -> None:
    dead = event("inventory", DEAD)
    assert fold([PLACED, dead]).segments["inventory"].state == "failed"
    view = fold([PLACED, dead, RESERVED])
    assert view.segments["inventory"].state == "reserved"
    assert [f.code for f in view.failures] == ["segment_failed"]


@pytest.mark.parametrize("service", ["orders", "payments"])
def test_nobody_is_told_to_buy_again_what_is_confirmed(service: str) -> None:
    stuck = [PLACED, RESERVED, AUTHORIZED, confirmed(), event(service, DEAD)]
    assert fold(stuck).failures == ()
    assert fold(stuck).segments["payments"].failure is None
    assert [f.code for f in fold([*stuck, cancelled()]).failures] == ["segment_failed"]


def test_a_message_that_died_in_orders_is_a_failure_of_the_order() -> None:
    view = fold([PLACED, event("orders", DEAD)])
    assert [f.segment for f in view.failures] == ["order"]
    assert view.segments["order"].failure == view.failures[0]
    assert (view.status, view.segments["order"].state) == (Status.PENDING, "placed")


@pytest.mark.parametrize(("first", "second"), [("a", "b"), ("b", "a")])
def test_of_two_actions_the_later_one_is_shown(first: str, second: str) -> None:
    asked = PaymentActionRequired(action_url="https://bank.example/again", expires_at=LATER)
    earlier = event("payments", MONEY[1], cause=first)
    later = event("payments", asked, cause=second, now=LATER)
    segment = fold([later, PLACED, earlier]).segments["payments"]
    assert segment.action is not None
    assert (segment.action.url, segment.at) == (asked.action_url, LATER)


@pytest.mark.parametrize(
    ("service", "model"),
    sorted((event for event in CONSUMES if event[1] is not ProductChanged), key=str),
)
def test_every_event_that_is_consumed_has_its_place_in_the_view(
    service: str, model: type[EventData]
) -> None:
    stored = ROOT / "shared/schemas" / service / f"{model.__name__}.v1.sample.json"
    detail = json.loads(stored.read_text())
    heard = parse(
        {"source": SOURCE_PREFIX + service, "detail-type": model.__name__, "detail": detail}
    )
    view = fold([heard])
    segment = view.segments["order" if service == "orders" else service]
    assert (view.sequence, segment.at) == (1, heard.metadata.occurred_at)


@pytest.mark.parametrize(
    ("heard", "state"),
    [
        ([RESERVED, EXPIRED], "expired"),
        ([RESERVED, EXPIRED, COMMITTED], "committed"),
        ([RESERVED, COMMITTED, RELEASED], "released"),
    ],
)
def test_the_furthest_state_of_stock_holds(heard: list[Envelope], state: str) -> None:
    assert fold(heard).segments["inventory"].state == state


@pytest.mark.parametrize(
    ("heard", "state"),
    [
        ([ACTION], "action_required"),
        ([AUTHORIZED, CAPTURED], "captured"),
        ([AUTHORIZED, UNCAPTURED, VOIDED], "voided"),
        ([AUTHORIZED, CAPTURED, REFUNDED], "refunded"),
    ],
)
def test_the_furthest_state_of_money_holds(heard: list[Envelope], state: str) -> None:
    assert fold(heard).segments["payments"].state == state
