from typing import Any

import pytest
from events import confirmed, event, placed, rejected
from fakes_notifications import Notifications
from fakes_shared import TRANSACTION
from told import AUTHORIZED, CAPTURED, COMMITTED, RESERVED

from notifications.domain.feeds import OPERATIONS, Feed, Kind
from notifications.domain.work import OrderFollowed, OrderMoved, ProductFollowed
from notifications.receivers import Receiver
from notifications.updating import Deps, every_step, updates
from shared.events import Envelope, OrderPlaced, ProductChanged
from shared.http import Request
from shared.money import Money

OTHER = "1b5bfb4e-3d0c-5a39-9f0c-2f9f2f7e4f11"
ORDER = Feed(Kind.ORDER, TRANSACTION)
APPLES = Feed(Kind.PRODUCT, "A")
STORY = (placed(("A", 1)), RESERVED, AUTHORIZED, confirmed(), COMMITTED, CAPTURED)


def _sequences(service: Notifications, connection: str) -> list[int]:
    return [update["sequence"] for update in service.updates(connection)]


def _statuses(service: Notifications) -> list[tuple[str, bool]]:
    return [(message["status"], message["final"]) for message, _ in service.topic.published]


def test_a_follower_is_told_of_every_event() -> None:
    service = Notifications()
    service.connect("c", ORDER)
    for envelope in STORY:
        service.hear(envelope)
        assert service.push() == set()
    told = service.updates("c")
    assert [(u["from_sequence"], u["sequence"]) for u in told] == [(n - 1, n) for n in range(1, 7)]
    assert (told[-1]["status"], told[-1]["final"]) == ("CONFIRMED", True)


def test_a_burst_is_one_push_to_each_follower_and_one_retained_message() -> None:
    service = Notifications()
    service.connect("c", ORDER)
    service.hear(*STORY)
    assert service.push() == set()
    (update,) = service.updates("c")
    assert (update["from_sequence"], update["sequence"]) == (0, 6)
    assert [u["sequence"] for u in service.retained.published] == [6]


def test_a_burst_that_comes_in_several_batches_is_still_one_push() -> None:
    service = Notifications()
    service.connect("c", ORDER)
    service.hear(*STORY)
    queued = service.pushes.queued
    for work in queued:
        service.pushes.queued = [work]
        assert service.push() == set()
    assert _sequences(service, "c") == [6]
    assert len(service.retained.published) == 1


def test_every_change_of_status_is_told_to_the_topic_once_however_the_burst_is_cut() -> None:
    service = Notifications()
    service.hear(*STORY)
    queued = service.pushes.queued
    for work in queued:
        service.pushes.queued = [work]
        assert service.push() == set()
    assert _statuses(service) == [("PENDING", False), ("CONFIRMED", False), ("CONFIRMED", True)]


def test_the_topics_attributes_say_what_subscribers_choose_by() -> None:
    service = Notifications()
    data = STORY[0].data
    assert isinstance(data, OrderPlaced)
    owned = event("orders", data.model_copy(update={"customer_reference": "ann"}))
    service.hear(owned, RESERVED, rejected())
    service.push()
    (_, first), (message, second) = service.topic.published
    assert first["update_id"] != second["update_id"]
    assert dict(second) == {
        "kind": "order",
        "update_id": second["update_id"],
        "status": "REJECTED",
        "final": "false",
        "segment": ("inventory", "order"),
        "customer_reference": "ann",
    }
    assert (message["from_sequence"], message["sequence"]) == (1, 3)


def test_what_is_told_twice_has_the_same_id() -> None:
    service = Notifications()
    service.hear(placed(("A", 1)))
    again = list(service.pushes.queued)
    service.push()
    service.pushing, service.pushes.queued = service.worker(), again
    service.push()
    first, second = service.topic.published
    assert first == second


def test_who_begins_to_follow_gets_where_the_order_stands_from_where_they_were() -> None:
    service = Notifications()
    service.hear(*STORY[:3])
    service.push()
    service.connect("c")
    service.subscribe("c", TRANSACTION, after=2)
    assert service.push() == set()
    assert [(u["from_sequence"], u["sequence"]) for u in service.updates("c")] == [(2, 3)]


def test_an_order_that_nothing_was_heard_of_is_accepted_for_who_follows_it() -> None:
    service = Notifications()
    service.connect("c")
    service.subscribe("c", TRANSACTION)
    service.push()
    (update,) = service.updates("c")
    assert (update["status"], update["sequence"]) == ("ACCEPTED", 0)
    assert service.retained.published == []
    assert service.topic.published == []


def test_who_begins_to_follow_in_the_middle_of_a_burst_gets_one_update() -> None:
    service = Notifications()
    service.connect("c")
    service.hear(*STORY[:3])
    service.subscribe("c", TRANSACTION)
    service.push()
    assert _sequences(service, "c") == [3]


def test_a_connection_that_is_gone_is_forgotten_everywhere() -> None:
    service = Notifications()
    service.connect("gone", ORDER, Feed(Kind.ORDER, OTHER), APPLES, OPERATIONS)
    service.connect("here", ORDER)
    service.sockets.gone.add("gone")
    service.hear(placed(("A", 1)))
    assert service.push() == set()
    assert _sequences(service, "here") == [1]
    assert service.journal.followers == {TRANSACTION: {"here"}, OTHER: set()}
    assert service.feeds.followers == {APPLES: set(), OPERATIONS: set()}
    assert set(service.connections.feeds) == {"here"}


def test_a_connection_that_the_record_has_lost_leaves_the_feed_that_it_was_found_in() -> None:
    service = Notifications()
    service.journal.follow(TRANSACTION, "ghost")
    service.sockets.gone.add("ghost")
    service.hear(placed(("A", 1)))
    assert service.push() == set()
    assert service.journal.followers == {TRANSACTION: set()}


def test_only_the_order_whose_follower_is_out_of_reach_comes_again_and_only_to_them() -> None:
    service = Notifications()
    service.connect("away", ORDER)
    service.connect("near", ORDER)
    service.connect("other", Feed(Kind.ORDER, OTHER))
    service.sockets.out_of_reach.add("away")
    service.hear(placed(("A", 1)), placed(("A", 1), transaction=OTHER))
    assert service.push() == {TRANSACTION}
    assert [work.group for work in service.pushes.queued] == [TRANSACTION]
    service.sockets.out_of_reach.clear()
    assert service.push() == set()
    assert [_sequences(service, c) for c in ("away", "near", "other")] == [[1], [1], [1]]


def test_a_follower_out_of_reach_keeps_no_other_channel_waiting_nor_makes_it_tell_twice() -> None:
    service = Notifications()
    service.connect("away", ORDER)
    service.sockets.out_of_reach.add("away")
    service.hear(placed(("A", 1)))
    for _ in range(3):
        assert service.push() == {TRANSACTION}
    assert _statuses(service) == [("PENDING", False)]
    assert len(service.retained.published) == 1


@pytest.mark.parametrize("channel", ["topic", "retained", "webhooks"])
def test_a_channel_out_of_reach_holds_up_no_other_and_gets_its_own_later(channel: str) -> None:
    service = Notifications()
    service.connect("c", ORDER)
    broken = getattr(service, channel)
    broken.broken = True
    if channel == "webhooks":
        service.receivers = [_receiver()]
    service.hear(placed(("A", 1)))
    assert service.push() == {TRANSACTION}
    assert service.push() == {TRANSACTION}
    broken.broken = False
    assert service.push() == set()
    assert _sequences(service, "c") == [1]
    assert _statuses(service) == [("PENDING", False)]
    assert len(service.retained.published) == 1
    assert len(service.webhooks.queued) == len(service.receivers)


def test_receivers_that_can_not_be_read_keep_webhooks_waiting_and_nothing_else() -> None:
    service = Notifications()

    def unread() -> list[Any]:
        raise OSError("the parameter store is out of reach")

    service.connect("c", ORDER)
    object.__setattr__(service.pushing.announcing, "receivers", unread)
    service.hear(placed(("A", 1)))
    assert service.push() == {TRANSACTION}
    assert _sequences(service, "c") == [1]
    assert _statuses(service) == [("PENDING", False)]


def test_an_order_that_can_not_be_told_of_holds_up_no_other() -> None:
    service = Notifications()
    service.connect("c", Feed(Kind.ORDER, OTHER))
    service.hear(placed(("A", 1), transaction=OTHER))
    service.journal.kept[TRANSACTION] = ["nonsense"]  # type: ignore[list-item]
    service.pushes.queued.append(OrderMoved(transaction_id=TRANSACTION, sequence=1))
    assert service.push() == {TRANSACTION}
    assert _sequences(service, "c") == [1]


def test_an_operators_connection_out_of_reach_fails_nothing() -> None:
    service = Notifications()
    service.connect("operator", OPERATIONS)
    service.sockets.out_of_reach.add("operator")
    service.hear(placed(("A", 1)))
    assert service.push() == set()


def test_operators_who_can_not_be_found_fail_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    service = Notifications()
    service.hear(placed(("A", 1)))
    monkeypatch.setattr(service.feeds, "operators", lambda: 1 / 0)
    assert service.push() == set()


def test_operators_see_every_event_of_every_order_with_what_it_came_to() -> None:
    service = Notifications()
    service.connect("operator", OPERATIONS)
    service.hear(placed(("A", 1)), placed(("A", 1), transaction=OTHER), confirmed())
    service.push()
    (frame,) = service.sockets.posted["operator"]
    assert frame["type"] == "events"
    shown = [
        (e["transaction_id"], e["sequence"], e["detail_type"], e["status"]) for e in frame["events"]
    ]
    assert shown == [
        (TRANSACTION, 1, "OrderPlaced", "PENDING"),
        (OTHER, 1, "OrderPlaced", "PENDING"),
        (TRANSACTION, 2, "OrderConfirmed", "CONFIRMED"),
    ]
    assert "data" not in frame["events"][0]


def test_operators_are_not_written_to_when_there_is_nothing_to_see() -> None:
    service = Notifications()
    service.connect("operator", OPERATIONS)
    service.connect("c")
    service.subscribe("c", TRANSACTION)
    service.push()
    assert "operator" not in service.sockets.posted


def _receiver() -> Receiver:
    return Receiver.model_validate({"id": "r", "url": "https://r", "secrets": ["whsec_MTIz"]})


def test_all_channels_carry_the_same_document_of_the_same_step() -> None:
    service = Notifications()
    service.receivers = [_receiver()]
    service.connect("c", ORDER)
    for envelope in STORY:
        service.hear(envelope)
        service.push()
    asked = Request(
        path={"transaction_id": TRANSACTION},
        claims={"transaction_id": TRANSACTION, "scope": "read"},
    )
    answered = every_step(asked, service.journal).document
    assert isinstance(answered, dict)
    steps = {step["sequence"]: step for step in answered["steps"]}
    polled = updates(asked, Deps(service.journal, service.clock, service.clock.forward)).document
    assert isinstance(polled, dict)
    told = [
        *service.updates("c"),
        *service.retained.published,
        *(message for message, _ in service.topic.published),
        *(delivery["data"] for delivery in service.webhooks.queued),
        polled,
    ]
    assert len(told) == 6 + 6 + 3 + 3 + 1
    for update in told:
        sequence = update["sequence"]
        assert update | {"from_sequence": sequence - 1} == steps[sequence]


def _changed(version: int, available: int | None) -> Envelope:
    data = ProductChanged(
        sku="A",
        version=version,
        name="Apple",
        unit_price=Money(amount=100, currency="EUR"),
        available_at_most=available,
    )
    return event("inventory", data, transaction=None, cause=str(version))


def test_who_follows_a_product_gets_it_as_it_stands_and_then_each_change() -> None:
    service = Notifications()
    service.hear(_changed(1, 3))
    service.push()
    service.connect("c", APPLES)
    service.pushes.send(ProductFollowed(sku="A", connection_id="c", frame_id="f"))
    service.push()
    service.hear(_changed(2, None))
    service.push()
    assert service.sockets.posted["c"] == [
        {
            "type": "product",
            "product": {
                "sku": "A",
                "version": version,
                "name": "Apple",
                "unit_price": {"amount": 100, "currency": "EUR"},
                "available_at_most": available,
                "in_stock": True,
            },
        }
        for version, available in ((1, 3), (2, None))
    ]


def test_a_product_that_was_never_announced_is_told_to_nobody() -> None:
    service = Notifications()
    service.connect("c", APPLES)
    service.pushes.send(ProductFollowed(sku="A", connection_id="c", frame_id="f"))
    assert service.push() == set()
    assert service.sockets.posted == {}


def test_only_a_product_that_turned_is_told_to_the_topic() -> None:
    service = Notifications()
    for version, available in ((1, 0), (2, 5), (3, 4), (4, 0)):
        service.hear(_changed(version, available))
        service.push()
    told = [(m["version"], dict(attributes)) for m, attributes in service.topic.published]
    assert told == [
        (2, {"kind": "product", "sku": "A", "in_stock": "true"}),
        (4, {"kind": "product", "sku": "A", "in_stock": "false"}),
    ]


def test_a_product_back_in_stock_is_told_although_it_changed_again_before_the_push() -> None:
    service = Notifications()
    service.hear(_changed(1, 0), _changed(2, 5), _changed(3, 4))
    service.push()
    assert [message["version"] for message, _ in service.topic.published] == [3]


def test_a_stage_without_mqtt_tells_everybody_else() -> None:
    service = Notifications()
    object.__setattr__(service.pushing.announcing, "retained", None)
    service.connect("c", ORDER)
    service.hear(placed(("A", 1)))
    assert service.push() == set()
    assert _sequences(service, "c") == [1]
    assert service.retained.published == []


def test_a_journal_that_can_not_be_read_is_no_news_for_anybody() -> None:
    service = Notifications()
    service.pushes.queued = [
        OrderFollowed(transaction_id=TRANSACTION, connection_id="c", after=0, frame_id="f")
    ]
    service.journal.read_many = lambda _wanted: 1 / 0  # type: ignore[assignment,method-assign,return-value]
    with pytest.raises(ZeroDivisionError):
        service.push()
    assert service.sockets.posted == {}
