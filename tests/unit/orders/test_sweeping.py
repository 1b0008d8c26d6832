from datetime import timedelta

import pytest
from fakes_orders import QUARTER, Desk, names, owner
from fakes_shared import NOON, TRANSACTION
from told import (
    ACTION,
    AUTHORIZED,
    CAPTURED,
    COMMITTED,
    DECLINED,
    RELEASED,
    RESERVED,
    SHORT,
    UNCAPTURED,
    VOIDED,
)

from orders import sweeping
from orders.domain.decide import decide
from orders.domain.messages import SweepDue, SweepTold
from orders.domain.order import LONGEST_SWEEP, Status
from shared.decision import Ignored
from shared.errors import PublishError
from shared.events import OrderRejected

OTHER = "1b5bfb4e-3d0c-5a39-9f0c-2f9f2f7e4f11"
THIRD = "2b5bfb4e-3d0c-5a39-9f0c-2f9f2f7e4f11"


@pytest.fixture
def desk() -> Desk:
    desk = Desk()
    desk.place()
    return desk


def _pauses(desk: Desk, sweeps: int) -> list[float]:
    """Sweeps as soon as the order is due, so often; answers the seconds in between."""
    pauses = []
    for _ in range(sweeps):
        pauses.append((desk.order().next_sweep_at - desk.clock()).total_seconds())
        desk.clock.moment = desk.order().next_sweep_at
        desk.sweep()
    return pauses


def _failures(desk: Desk) -> list[tuple[str, str]]:
    data = desk.sweep()[-1].data
    assert isinstance(data, OrderRejected)
    return [(failure.segment, failure.code) for failure in data.failures]


def test_an_order_that_is_not_due_is_left_alone(desk: Desk) -> None:
    before = desk.order()
    desk.clock.forward(29)
    assert desk.sweep() == []
    assert desk.order() == before


def test_an_order_that_nobody_has_spoken_of_is_published_again(desk: Desk) -> None:
    (placed,) = desk.order().history[0].published
    for seconds in (30, 60):
        desk.clock.forward(seconds)
        assert desk.sweep() == [placed]


@pytest.mark.parametrize("said", [RESERVED, ACTION])
def test_an_order_that_somebody_has_spoken_of_is_only_watched(desk: Desk, said: object) -> None:
    desk.hear(said)  # type: ignore[arg-type]
    desk.clock.forward(30)
    assert desk.sweep() == []
    assert desk.order().sweeps == 1


def test_a_pending_order_is_swept_ever_more_rarely_but_at_its_deadline(desk: Desk) -> None:
    assert _pauses(desk, 5) == [30, 60, 120, 240, 450]
    assert desk.clock() == NOON + QUARTER
    assert desk.order().status is Status.REJECTED


def test_an_overdue_order_is_rejected_for_every_silent_segment(desk: Desk) -> None:
    desk.clock.moment = desk.order().deadline
    assert _failures(desk) == [("inventory", "timeout"), ("payments", "timeout")]
    assert all(failure.retryable for failure in desk.order().failures)


def test_a_placing_that_may_never_have_got_out_is_published_before_its_rejection(
    desk: Desk,
) -> None:
    (placed,) = desk.order().history[0].published
    desk.clock.moment = desk.order().deadline
    swept = desk.sweep()
    assert swept[0] == placed
    assert names(swept) == ["OrderPlaced", "OrderRejected"]


def test_a_segment_that_has_succeeded_is_not_blamed(desk: Desk) -> None:
    desk.hear(RESERVED)
    desk.clock.moment = desk.order().deadline
    assert _failures(desk) == [("payments", "timeout")]


def test_a_known_failure_is_the_reason_when_the_grace_is_over(desk: Desk) -> None:
    desk.hear(SHORT)
    desk.clock.forward(9)
    assert desk.sweep() == []
    desk.clock.forward(1)
    assert _failures(desk) == [("inventory", "shortage")]


def test_an_order_whose_time_was_extended_is_rejected_at_the_later_deadline(desk: Desk) -> None:
    desk.clock.forward(600)
    desk.hear(RESERVED, ACTION)
    desk.clock.moment = NOON + QUARTER
    assert desk.sweep() == []
    desk.clock.forward(600)
    assert _failures(desk) == [("payments", "timeout")]


def test_a_verdict_is_repeated_while_a_segment_owes_its_part(desk: Desk) -> None:
    verdict = desk.hear(RESERVED, AUTHORIZED)
    for seconds in (30, 60):
        desk.clock.forward(seconds)
        assert desk.sweep() == verdict
    desk.hear(COMMITTED)
    desk.clock.forward(120)
    assert desk.sweep() == verdict


def test_a_verdict_is_repeated_ever_more_rarely(desk: Desk) -> None:
    desk.hear(RESERVED, AUTHORIZED)
    hour = LONGEST_SWEEP.total_seconds()
    assert _pauses(desk, 9) == [30, 60, 120, 240, 480, 960, 1920, hour, hour]


def test_the_pause_stays_an_hour_however_often_an_order_was_swept(desk: Desk) -> None:
    desk.hear(RESERVED, AUTHORIZED)
    order = desk.order().model_copy(update={"sweeps": 10**6})
    assert order.sweep_after(NOON) == NOON + timedelta(hours=1)


def test_a_new_verdict_starts_with_short_pauses_again(desk: Desk) -> None:
    desk.hear(RESERVED, AUTHORIZED)
    _pauses(desk, 5)
    desk.hear(UNCAPTURED)
    assert desk.order().next_sweep_at == desk.clock() + timedelta(seconds=30)


def test_a_confirmed_order_leaves_once_it_is_settled(desk: Desk) -> None:
    desk.hear(RESERVED, AUTHORIZED, CAPTURED, COMMITTED)
    desk.clock.forward(10**6)
    assert list(desk.orders.due(desk.clock())) == []
    assert desk.sweep() == []


def test_a_dead_order_leaves_once_it_is_settled(desk: Desk) -> None:
    desk.hear(RESERVED)
    desk.cancel(owner())
    desk.hear(RELEASED, VOIDED)
    desk.clock.forward(10**6)
    assert desk.sweep() == []


def test_an_order_that_was_settled_meanwhile_is_ignored(desk: Desk) -> None:
    desk.hear(SHORT, DECLINED)
    assert decide(desk.order(), SweepDue(TRANSACTION), NOON) == Ignored("settled")


def test_an_order_that_is_gone_is_ignored(desk: Desk) -> None:
    assert decide(None, SweepDue(TRANSACTION), NOON) == Ignored("no such order")
    assert desk.order().status is Status.PENDING


def test_a_verdict_that_is_faster_than_the_deadline_stands(desk: Desk) -> None:
    desk.hear(RESERVED)
    desk.clock.moment = desk.order().deadline
    desk.orders.rivals = [lambda: desk.hear(AUTHORIZED)]
    assert names(desk.sweep()) == ["OrderConfirmed"]
    assert desk.order().status is Status.CONFIRMED


def test_one_order_that_fails_does_not_keep_the_sweep_from_the_others(desk: Desk) -> None:
    for transaction in (OTHER, THIRD):
        desk.place(transaction)
    desk.orders.broken = {OTHER}
    desk.clock.forward(30)
    assert [e.transaction_id for e in desk.sweep()] == [TRANSACTION, THIRD]
    desk.orders.broken = set()
    assert [e.transaction_id for e in desk.sweep()] == [OTHER]


def test_a_run_looks_after_no_more_than_it_has_time_for(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    desk.place(OTHER)
    monkeypatch.setattr(sweeping, "MOST_PER_RUN", 1)
    desk.clock.forward(30)
    assert [e.transaction_id for e in desk.sweep()] == [TRANSACTION]
    assert [e.transaction_id for e in desk.sweep()] == [OTHER]


def test_a_rejection_that_the_bus_refused_is_told_though_both_segments_had_failed(
    desk: Desk,
) -> None:
    # Nobody will ever answer it: both have said already that they hold nothing.
    desk.hear(SHORT)
    desk.clock.forward(10)
    desk.bus.refuse = {"OrderRejected"}
    with pytest.raises(PublishError):
        desk.sweep()
    desk.hear(DECLINED)
    assert desk.order().settled
    desk.bus.refuse = set()
    desk.clock.forward(3600)
    assert names(desk.sweep()) == ["OrderRejected"]
    desk.clock.forward(3600)
    assert desk.sweep() == []
    assert list(desk.orders.due(desk.clock())) == []


def test_a_placing_that_the_bus_refused_is_told_though_the_cancellation_got_through(
    desk: Desk,
) -> None:
    desk.bus.refuse = {"OrderPlaced"}
    desk.cancel(owner())
    desk.hear(VOIDED, RELEASED)
    assert desk.order().settled
    desk.clock.forward(3600)
    with pytest.raises(PublishError):
        desk.sweep()
    desk.bus.refuse = set()
    desk.clock.forward(3600)
    assert names(desk.sweep()) == ["OrderPlaced"]
    desk.clock.forward(3600)
    assert desk.sweep() == []


def test_an_order_that_was_told_meanwhile_is_not_written_again(desk: Desk) -> None:
    desk.hear(SHORT, DECLINED)
    before = desk.order()
    assert isinstance(decide(before, SweepTold(TRANSACTION), NOON), Ignored)
