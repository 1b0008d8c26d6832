from events import confirmed, event, placed
from fakes_notifications import Notifications
from fakes_shared import TRANSACTION
from hypothesis import given, settings
from hypothesis import strategies as st

from notifications.consumes import CONSUMES
from notifications.domain.feeds import Feed, Kind
from notifications.domain.work import OrderMoved, ProductMoved
from notifications.journalling import keep
from shared.events import Envelope, ProductChanged
from shared.money import Money


def changed(version: int, available: int | None = None) -> Envelope:
    data = ProductChanged(
        sku="A",
        version=version,
        name="Apple",
        unit_price=Money(amount=100, currency="EUR"),
        available_at_most=available,
    )
    return event("inventory", data, transaction=None, cause=str(version))


def test_an_event_is_kept_and_its_push_queued() -> None:
    service = Notifications()
    service.hear(placed(("A", 1)), confirmed())
    assert len(service.journal.read(TRANSACTION)) == 2
    assert service.pushes.queued == [
        OrderMoved(transaction_id=TRANSACTION, sequence=number) for number in (1, 2)
    ]


def test_an_event_that_comes_again_is_queued_again_with_its_own_number() -> None:
    service = Notifications()
    service.hear(placed(("A", 1)), confirmed())
    service.pushes.queued.clear()
    service.hear(placed(("A", 1)))
    assert service.pushes.queued == [OrderMoved(transaction_id=TRANSACTION, sequence=1)]
    assert len(service.journal.read(TRANSACTION)) == 2


def test_nothing_is_published_of_what_is_kept() -> None:
    assert tuple(keep(placed(("A", 1)), Notifications().journalling)) == ()


def test_a_product_belongs_to_no_order_and_only_its_newest_version_counts() -> None:
    service = Notifications()
    service.hear(changed(3), changed(2), changed(3))
    product, _ = service.feeds.product("A")
    assert product is not None
    assert product.version == 3
    assert service.pushes.queued == [ProductMoved(sku="A", version=3, turned=False)]
    assert service.journal.kept == {}


def test_a_product_turns_when_it_comes_into_stock_and_when_it_goes_out_of_it() -> None:
    service = Notifications()
    service.hear(changed(1, 0), changed(2, 5), changed(3, 4), changed(4, 0))
    turned = [work.turned for work in service.pushes.queued if isinstance(work, ProductMoved)]
    assert turned == [False, True, False, True]


def test_a_turn_whose_push_died_is_queued_even_when_a_newer_version_came_between() -> None:
    service = Notifications()
    service.hear(changed(1, 0), changed(2, 5))
    service.pushes.queued.clear()  # the worker died after its write
    service.hear(changed(3, 4), changed(2, 5))
    assert ProductMoved(sku="A", version=2, turned=True) in service.pushes.queued


@settings(deadline=None)
@given(st.lists(st.tuples(st.integers(1, 6), st.booleans()), max_size=12))
def test_whoever_follows_a_product_ends_with_its_newest_version(
    schedule: list[tuple[int, bool]],
) -> None:
    service = Notifications()
    service.connect("c", Feed(Kind.PRODUCT, "A"))
    for version, pushes in schedule:
        service.hear(changed(version, version % 2))
        if pushes:
            assert service.push() == set()
    service.push()
    versions = [frame["product"]["version"] for frame in service.sockets.posted.get("c", [])]
    assert versions == sorted(versions)
    assert versions[-1:] == [max(version for version, _ in schedule)] if schedule else not versions


def test_every_event_of_an_order_is_consumed_and_changes_of_products() -> None:
    assert ("inventory", ProductChanged) in CONSUMES
    assert {service for service, _ in CONSUMES} == {"orders", "inventory", "payments"}
