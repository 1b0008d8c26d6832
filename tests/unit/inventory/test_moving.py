from datetime import timedelta

import pytest
from events import cancelled, confirmed, euros, event, placed, rejected
from fakes_inventory import FakeProducts, FakeStock
from fakes_shared import NOON, TRANSACTION, FakeBus, FakeClock

from inventory import moving, sweeping
from inventory.domain.decide import Expire, StockShort, decide
from inventory.domain.product import Product
from inventory.domain.reservation import Reservation, Status
from shared.decision import Ignored
from shared.errors import ConflictError, UnprocessableError
from shared.events import (
    Envelope,
    PaymentDeclined,
    ProductChanged,
    Shortage,
    StockReleased,
    StockReservationFailed,
)

OTHER = "1b5bfb4e-3d0c-5a39-9f0c-2f9f2f7e4f11"
HOUR = timedelta(hours=1)


class World:
    """inventory in memory, with a stock of two products."""

    def __init__(self, **stock: int) -> None:
        self.products = FakeProducts()
        for sku, available in (stock or {"A": 10, "B": 200}).items():
            product = Product(sku=sku, name=sku, unit_price=euros(100), available=available)
            self.products.kept[sku] = product.model_copy(
                update={"announced_at_most": product.at_most}
            )
        self.stock = FakeStock(self.products)
        self.clock = FakeClock()
        self.bus = FakeBus()
        self.deps = moving.Deps(self.stock, self.products, self.clock, HOUR)

    def send(self, envelope: Envelope) -> list[Envelope]:
        return list(moving.move(envelope, self.deps))

    def sweep(self) -> list[Envelope]:
        return list(sweeping.sweep(sweeping.Deps(self.deps, self.bus)))

    def pieces(self, sku: str) -> tuple[int, int, int]:
        product = self.products.kept[sku]
        return product.available, product.reserved, product.sold

    @property
    def status(self) -> Status:
        return self.stock.kept[TRANSACTION].status


def _names(envelopes: list[Envelope]) -> list[str]:
    return [e.detail_type for e in envelopes if not isinstance(e.data, ProductChanged)]


@pytest.fixture
def world() -> World:
    return World()


def test_all_lines_of_an_order_are_set_aside(world: World) -> None:
    assert _names(world.send(placed(("A", 2), ("B", 3)))) == ["StockReserved"]
    assert world.pieces("A") == (8, 2, 0)
    assert world.pieces("B") == (197, 3, 0)


def test_lines_of_the_same_sku_count_together(world: World) -> None:
    (failed,) = world.send(placed(("A", 6), ("A", 5)))
    assert isinstance(failed.data, StockReservationFailed)
    assert failed.data.shortages == (Shortage(sku="A", requested=11, available=10),)


def test_an_order_that_is_short_of_one_sku_sets_nothing_aside(world: World) -> None:
    (failed,) = world.send(placed(("A", 11), ("B", 1)))
    assert isinstance(failed.data, StockReservationFailed)
    assert failed.data.code == "shortage"
    assert [s.sku for s in failed.data.shortages] == ["A"]
    assert (world.pieces("A"), world.pieces("B")) == ((10, 0, 0), (200, 0, 0))


def test_every_short_sku_is_named(world: World) -> None:
    (failed,) = world.send(placed(("A", 11), ("B", 201)))
    assert isinstance(failed.data, StockReservationFailed)
    assert [s.sku for s in failed.data.shortages] == ["A", "B"]


def test_a_sku_that_nobody_sells_is_named_as_such(world: World) -> None:
    (failed,) = world.send(placed(("NOTHING", 1)))
    assert isinstance(failed.data, StockReservationFailed)
    assert failed.data.code == "unknown_sku"


def test_a_confirmed_order_is_sold(world: World) -> None:
    world.send(placed(("A", 2)))
    assert _names(world.send(confirmed())) == ["StockCommitted"]
    assert world.pieces("A") == (8, 0, 2)


@pytest.mark.parametrize("verdict", [rejected(), cancelled()], ids=["rejected", "cancelled"])
def test_a_dead_order_goes_back_to_stock(world: World, verdict: Envelope) -> None:
    world.send(placed(("A", 2)))
    assert _names(world.send(verdict)) == ["StockReleased"]
    assert world.pieces("A") == (10, 0, 0)


def test_a_cancelled_order_that_was_sold_is_restocked(world: World) -> None:
    for envelope in (placed(("A", 2)), confirmed()):
        world.send(envelope)
    assert _names(world.send(cancelled())) == ["StockReleased"]
    assert world.pieces("A") == (10, 0, 0)


def test_a_verdict_before_the_order_leaves_a_tombstone_and_is_answered(world: World) -> None:
    (released,) = world.send(rejected())
    assert isinstance(released.data, StockReleased)
    assert released.data.lines == ()
    assert world.send(placed(("A", 2))) == []
    assert world.pieces("A") == (10, 0, 0)


def test_a_verdict_on_an_order_that_failed_here_is_met_with_silence(world: World) -> None:
    world.send(placed(("A", 11)))
    assert world.send(rejected()) == []
    assert world.status is Status.FAILED


def test_a_second_kind_of_verdict_is_answered_too(world: World) -> None:
    world.send(placed(("A", 2)))
    world.send(rejected())
    (released,) = world.send(cancelled())
    assert isinstance(released.data, StockReleased)
    assert released.data.lines == ()
    assert world.pieces("A") == (10, 0, 0)


@pytest.mark.parametrize("repeated", [placed(("A", 2)), confirmed(), cancelled()])
def test_a_repeated_message_changes_nothing_and_publishes_the_same(
    world: World, repeated: Envelope
) -> None:
    first: dict[str, list[Envelope]] = {}
    for envelope in (placed(("A", 2)), confirmed(), cancelled()):
        first[envelope.event_id] = world.send(envelope)
    before = world.pieces("A")
    again = world.send(repeated)
    assert [e.event_id for e in again] == [e.event_id for e in first[repeated.event_id]]
    assert world.pieces("A") == before


def test_a_confirmation_without_a_reservation_is_a_case_for_people(world: World) -> None:
    with pytest.raises(UnprocessableError, match="nothing was ever reserved"):
        world.send(confirmed())


def test_a_late_confirmation_after_a_release_changes_nothing(world: World) -> None:
    for envelope in (placed(("A", 2)), cancelled()):
        world.send(envelope)
    assert world.send(confirmed()) == []
    assert world.pieces("A") == (10, 0, 0)


def test_an_event_that_inventory_has_no_use_for_is_refused(world: World) -> None:
    with pytest.raises(UnprocessableError, match="PaymentDeclined"):
        world.send(event("payments", PaymentDeclined(code="c", message="m")))


def test_a_reservation_that_nobody_decides_goes_back_to_stock(world: World) -> None:
    world.send(placed(("A", 2)))
    world.clock.forward(3599)
    assert world.sweep() == []
    world.clock.forward(1)
    assert _names(world.sweep()) == ["StockReleased"]
    assert world.pieces("A") == (10, 0, 0)
    assert world.sweep() == []


def test_a_late_confirmation_takes_the_pieces_again_if_they_are_still_there(world: World) -> None:
    world.send(placed(("A", 2)))
    world.clock.forward(3600)
    world.sweep()
    assert _names(world.send(confirmed())) == ["StockReleased", "StockCommitted"]
    assert world.pieces("A") == (8, 0, 2)


def test_a_late_confirmation_fails_when_the_pieces_are_gone(world: World) -> None:
    world.send(placed(("A", 2)))
    world.clock.forward(3600)
    world.sweep()
    world.send(placed(("A", 9), transaction=OTHER))
    assert _names(world.send(confirmed())) == ["StockReleased", "StockReservationFailed"]
    assert world.status is Status.FAILED
    assert world.pieces("A") == (1, 9, 0)


def test_a_verdict_on_an_expired_reservation_gives_nothing_back_twice(world: World) -> None:
    world.send(placed(("A", 2)))
    world.clock.forward(3600)
    world.sweep()
    _, released = world.send(rejected())
    assert isinstance(released.data, StockReleased)
    assert (released.data.lines, released.data.reason) == ((), "rejected")
    assert world.pieces("A") == (10, 0, 0)


@pytest.mark.parametrize("verdict", [confirmed(), rejected()])
def test_a_verdict_repeats_an_expiry_that_a_dying_sweep_told_nobody(
    world: World, verdict: Envelope
) -> None:
    world.send(placed(("A", 2)))
    world.clock.forward(3600)
    (untold,) = world.sweep()
    assert world.send(verdict)[0] == untold
    assert world.send(verdict)[0] == untold  # a redelivery, too


def test_one_reservation_that_cannot_be_expired_keeps_no_other_from_it(world: World) -> None:
    world.send(placed(("A", 2)))
    world.send(placed(("B", 2), transaction=OTHER))
    del world.products.kept["A"]
    world.clock.forward(3600)
    assert _names(world.sweep()) == ["StockReleased"]
    assert world.pieces("B") == (200, 0, 0)


def test_what_is_not_reserved_does_not_expire() -> None:
    expire = Expire(TRANSACTION)
    assert isinstance(decide(None, expire, NOON, holds_for=HOUR), Ignored)
    undated = Reservation(transaction_id=TRANSACTION, status=Status.RESERVED)
    assert isinstance(decide(undated, expire, NOON, holds_for=HOUR), Ignored)
    done = undated.model_copy(update={"status": Status.COMMITTED})
    assert isinstance(decide(done, expire, NOON, holds_for=HOUR), Ignored)


def test_a_shortage_of_what_was_decided_meanwhile_changes_nothing() -> None:
    short = StockShort(placed(("A", 1)), (Shortage(sku="A", requested=1, available=0),))
    done = Reservation(transaction_id=TRANSACTION, status=Status.RELEASED)
    assert isinstance(decide(done, short, NOON, holds_for=HOUR), Ignored)


def test_a_shortage_that_is_over_when_looked_at_again_is_none(world: World) -> None:
    class LateDelivery(FakeStock):
        """Refuses once although, by the time anybody looks, there is enough."""

        refused = False

        def commit(self, step: moving.Step) -> None:
            if not self.refused:
                self.refused = True
                raise moving.ShortStockError(("A",))
            super().commit(step)

    stock = LateDelivery(world.products)
    deps = moving.Deps(stock, world.products, world.clock, HOUR)
    assert _names(list(moving.move(placed(("A", 2)), deps))) == ["StockReserved"]


def test_a_writer_who_is_always_overtaken_gives_up_for_now(world: World) -> None:
    class Busy(FakeStock):
        """Another writer is always faster."""

        def commit(self, _step: moving.Step) -> None:
            raise ConflictError("another writer was faster")

    deps = moving.Deps(Busy(world.products), world.products, world.clock, HOUR)
    with pytest.raises(ConflictError):
        moving.move(placed(("A", 2)), deps)


def test_the_others_are_told_when_the_stock_enters_another_band() -> None:
    world = World(A=100)
    (_, told) = world.send(placed(("A", 1)))
    assert isinstance(told.data, ProductChanged)
    assert (told.data.available_at_most, told.data.version) == (99, 2)
    assert len(world.send(placed(("A", 1), transaction=OTHER))) == 1


def test_what_may_be_untold_is_told_again_under_the_same_id() -> None:
    world = World(A=100)
    (_, told) = world.send(placed(("A", 1)))
    world.sweep()
    assert [e.event_id for e in world.bus.published] == [told.event_id]
    world.sweep()
    assert len(world.bus.published) == 1
