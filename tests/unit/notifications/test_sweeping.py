from datetime import timedelta

import pytest
from events import placed
from fakes_notifications import Notifications
from fakes_shared import TRANSACTION

from notifications import sweeping
from notifications.domain.feeds import Feed, Kind
from notifications.sweeping import Deps, sweep

ORDER = Feed(Kind.ORDER, TRANSACTION)
OTHER = "1b5bfb4e-3d0c-5a39-9f0c-2f9f2f7e4f11"


def _deps(service: Notifications, *, mqtt: bool = True) -> Deps:
    return Deps(
        connections=service.connections,
        followers=service.followers,
        sockets=service.sockets,
        journal=service.journal,
        retained=service.retained if mqtt else None,
        now=service.clock,
    )


def test_a_connection_that_subscribes_to_nothing_is_closed_within_two_minutes() -> None:
    service = Notifications()
    service.connect("idle")
    service.connect("busy", ORDER)
    service.clock.forward(30)
    sweep(_deps(service))
    assert service.sockets.disconnected == []
    service.clock.forward(60)
    assert tuple(sweep(_deps(service))) == ()
    assert service.sockets.disconnected == ["idle"]
    assert set(service.connections.feeds) == {"busy"}


def test_a_connection_that_can_not_be_closed_keeps_the_sweep_from_no_other(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    service = Notifications()
    for name in ("broken", "idle"):
        service.connect(name)
    real = service.sockets.disconnect
    monkeypatch.setattr(
        service.sockets, "disconnect", lambda c: 1 / 0 if c == "broken" else real(c)
    )
    service.clock.forward(60)
    service.journal.clear_at[TRANSACTION] = service.clock()
    sweep(_deps(service))
    assert service.sockets.disconnected == ["idle"]
    assert set(service.connections.feeds) == {"broken"}  # the next run finds it again
    assert service.journal.clear_at == {}


def test_what_a_topic_retains_is_cleared_in_time_and_only_then() -> None:
    service = Notifications()
    service.hear(placed(("A", 1)), placed(("A", 1), transaction=OTHER))
    service.push()
    service.journal.clear_at = {
        TRANSACTION: service.clock() + timedelta(days=30),
        OTHER: service.clock() + timedelta(days=31),
    }
    sweep(_deps(service))
    assert set(service.retained.retained) == {TRANSACTION, OTHER}
    service.clock.forward(30 * 86400)
    sweep(_deps(service))
    assert set(service.retained.retained) == {OTHER}
    assert set(service.journal.clear_at) == {OTHER}


def test_a_topic_that_can_not_be_cleared_stays_on_the_list_and_keeps_no_other_waiting(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    service = Notifications()
    service.journal.clear_at = {TRANSACTION: service.clock(), OTHER: service.clock()}
    real = service.retained.clear
    monkeypatch.setattr(
        service.retained, "clear", lambda order: 1 / 0 if order == TRANSACTION else real(order)
    )
    sweep(_deps(service))
    assert set(service.journal.clear_at) == {TRANSACTION}


def test_a_stage_without_mqtt_clears_nothing() -> None:
    service = Notifications()
    service.journal.clear_at = {TRANSACTION: service.clock()}
    sweep(_deps(service, mqtt=False))
    assert set(service.journal.clear_at) == {TRANSACTION}


def test_a_run_does_no_more_than_it_has_time_for(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sweeping, "MOST_PER_RUN", 2)
    service = Notifications()
    for number in range(3):
        service.connect(f"c{number}")
    service.clock.forward(60)
    sweep(_deps(service))
    assert len(service.sockets.disconnected) == 2
    sweep(_deps(service))
    assert len(service.sockets.disconnected) == 3
