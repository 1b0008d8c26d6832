"""All four services together, in memory: messages in any order, repeated, late, dead and redriven.

The machine places orders, delivers what is under way in any order and more than once, lets workers
and messages die, redrives, lets time pass and sweeps run. Whatever it does, the books add up, and
once everything is redriven and delivered every order has one verdict and nothing is left hanging.
"""

from collections import Counter
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from events import euros
from fakes_inventory import FakeProducts, FakeStock
from fakes_notifications import FakeFeeds, FakeJournal, FakePushes
from fakes_orders import FakeOrders
from fakes_shared import FakeBus, FakeClock, FakeRecords
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule
from till import CrashError, Crashing, FakeSwitchboard

from inventory import moving
from inventory import sweeping as inventory_sweeping
from inventory.consumes import CONSUMES as INVENTORY_CONSUMES
from inventory.domain.product import Product
from inventory.domain.reservation import Status as Reserved
from notifications.consumes import CONSUMES as NOTIFICATIONS_CONSUMES
from notifications.domain.fold import fold
from notifications.journalling import Deps as Keeping
from notifications.journalling import keep
from orders import joining, sweeping
from orders.consumes import CONSUMES as ORDERS_CONSUMES
from orders.domain.decide import decide
from orders.domain.messages import CancelOrder, PlaceOrder
from orders.domain.order import Status
from payments import paying
from payments.books import Entry
from payments.consumes import CONSUMES as PAYMENTS_CONSUMES
from payments.domain.payment import Payment
from payments.sandbox import SandboxProvider
from shared import ids
from shared.dead_letters import DeadLetter, Hop, segment_failed
from shared.errors import RetryableError
from shared.events import Envelope, OrderLine, ProductChanged
from shared.inbox import Consumes
from shared.stepping import step

STOCK = {"A": 3, "B": 5}
METHODS = ["approve", "decline", "slow", "outage", "capture_fail"]
Handler = Callable[[Envelope], Iterable[Envelope]]


@dataclass
class _Bus:
    """The pipeline's bus as a port."""

    publish: Callable[[Iterable[Envelope]], None]


class Pipeline(RuleBasedStateMachine):
    """Four services, their inboxes, and a clock."""

    faults = iter(())

    def __init__(self) -> None:
        super().__init__()
        self.clock, self.faults = FakeClock(), iter(())
        self.orders, self.products = FakeOrders(), FakeProducts()
        for sku, available in STOCK.items():
            product = Product(sku=sku, name=sku, unit_price=euros(100), available=available)
            self.products.create(product)
        self.stock = FakeStock(self.products)
        self.payments, self.books = FakeRecords[Payment](), FakeRecords[Entry](key="pk")
        self.journal = FakeJournal()
        self.keeping = Keeping(self.journal, FakeFeeds(), FakePushes())
        self.verdicts: dict[str, set[str]] = {}
        self.inboxes: list[tuple[str, Envelope]] = []
        self.delivered: list[tuple[str, Envelope]] = []
        self.dead: list[tuple[str, Envelope]] = []
        self._wire()

    def _wire(self) -> None:
        self.consumes: dict[str, Consumes] = {
            "orders": ORDERS_CONSUMES,
            "inventory": INVENTORY_CONSUMES,
            "payments": PAYMENTS_CONSUMES,
            "notifications": NOTIFICATIONS_CONSUMES,
        }
        sandbox = SandboxProvider(
            self.books,
            FakeSwitchboard(),
            self.clock,
            lambda _seconds: None,
            lambda: "drawn",
            timeout=timedelta(seconds=5),
            action_url="https://bank.example/#",
        )
        self.moving = moving.Deps(
            Crashing(self.stock, self), self.products, self.clock, timedelta(hours=1)
        )
        pay = paying.Deps(Crashing(self.payments, self), Crashing(sandbox, self), self.clock)
        unused: Any = None
        join = joining.Deps(Crashing(self.orders, self), unused, self.clock)
        self.handlers: dict[str, Handler] = {
            "orders": lambda envelope: joining.hear(envelope, join),
            "inventory": lambda envelope: moving.move(envelope, self.moving),
            "payments": lambda envelope: paying.pay(envelope, pay),
            "notifications": lambda envelope: keep(envelope, self.keeping),
        }

    @property
    def calls(self) -> list[str]:
        """What was called; nobody asks here."""
        return []

    def _publish(self, envelopes: Iterable[Envelope]) -> None:
        for envelope in envelopes:
            if isinstance(envelope.data, ProductChanged):
                continue
            if envelope.service == "orders" and envelope.detail_type != "OrderPlaced":
                self.verdicts.setdefault(envelope.transaction_id, set()).add(envelope.detail_type)
            for service, consumes in self.consumes.items():
                if (envelope.service, type(envelope.data)) in consumes:
                    self.inboxes.append((service, envelope))

    def _deliver(self, service: str, envelope: Envelope) -> bool:
        """Answers whether the message was acknowledged."""
        try:
            self._publish(tuple(self.handlers[service](envelope)))
        except (RetryableError, CrashError):
            return False
        return True

    @rule(
        lines=st.dictionaries(st.sampled_from(["A", "B"]), st.integers(1, 3), min_size=1),
        method=st.sampled_from(METHODS),
        published=st.booleans(),
    )
    def place(self, lines: dict[str, int], method: str, *, published: bool) -> None:
        """A checkout is committed; its event may never get out."""
        transaction = ids.transaction_id("guest", str(len(self.orders.kept)))
        command = PlaceOrder(
            transaction_id=transaction,
            lines=tuple(
                OrderLine(sku=s, quantity=q, unit_price=euros(100)) for s, q in lines.items()
            ),
            total=euros(100 * sum(lines.values())),
            payment_method=f"pm_sandbox_{method}",
            customer_reference=None,
            email=None,
            fingerprint="f",
            required_segments=("inventory", "payments"),
            deadline_in=timedelta(minutes=15),
        )
        events = step(self.orders, transaction, decide, command, self.clock, begins=True)
        self._publish(events if published else ())

    @precondition(lambda self: self.orders.kept)
    @rule(data=st.data(), published=st.booleans())
    def cancel(self, data: st.DataObject, *, published: bool) -> None:
        """A shopper calls an order off, at whatever moment."""
        transaction = data.draw(st.sampled_from(sorted(self.orders.kept)))
        command = CancelOrder(transaction)
        events = step(self.orders, transaction, decide, command, self.clock)
        self._publish(events if published else ())

    @precondition(lambda self: self.inboxes)
    @rule(data=st.data(), faults=st.lists(st.booleans(), max_size=8), again=st.booleans())
    def deliver(self, data: st.DataObject, faults: list[bool], *, again: bool) -> None:
        """Any message under way is delivered, and perhaps again; its worker may die at any call."""
        number = data.draw(st.integers(0, len(self.inboxes) - 1))
        service, envelope = self.inboxes[number]
        self.faults = iter(faults)
        done = self._deliver(service, envelope)
        self.faults = iter(())
        if done and not again:
            self.delivered.append(self.inboxes.pop(number))

    @precondition(lambda self: self.delivered)
    @rule(data=st.data())
    def deliver_an_old_one(self, data: st.DataObject) -> None:
        """A message that was acknowledged long ago comes once more."""
        self._deliver(*data.draw(st.sampled_from(self.delivered)))

    @precondition(lambda self: self.inboxes)
    @rule(data=st.data())
    def die(self, data: st.DataObject) -> None:
        """Any message under way is given up on: parked, and told of."""
        service, envelope = self.inboxes.pop(data.draw(st.integers(0, len(self.inboxes) - 1)))
        self.dead.append((service, envelope))
        letter = DeadLetter(
            dead_letter_id=f"m-{len(self.dead)}",
            service=service,
            hop=Hop.INBOX,
            body="",
            error="RetriesExhausted",
            reason="",
            attempts=20,
            transaction_id=envelope.transaction_id,
            event_id=envelope.event_id,
            detail_type=envelope.detail_type,
            died_at=self.clock(),
        )
        self._publish(segment_failed(letter))

    @precondition(lambda self: self.dead)
    @rule(data=st.data())
    def redrive(self, data: st.DataObject) -> None:
        """An operator sends a dead message to its inbox once more, perhaps a second time."""
        self.inboxes.append(data.draw(st.sampled_from(self.dead)))

    @rule(seconds=st.integers(1, 1200))
    def wait(self, seconds: int) -> None:
        """Time passes."""
        self.clock.forward(seconds)

    @rule()
    def sweep(self) -> None:
        """The schedules fire."""
        list(sweeping.sweep(sweeping.Deps(self.orders, _Bus(self._publish), self.clock)))
        deps = inventory_sweeping.Deps(self.moving, FakeBus())
        self._publish(list(inventory_sweeping.sweep(deps)))

    @invariant()
    def no_piece_is_made_or_lost(self) -> None:
        """available + reserved + sold is what it always was."""
        for sku, product in self.products.kept.items():
            assert product.available + product.reserved + product.sold == STOCK[sku]
            for status, held in ((Reserved.RESERVED, "reserved"), (Reserved.COMMITTED, "sold")):
                lines = [
                    line.quantity
                    for reservation in self.stock.kept.values()
                    if reservation.status is status
                    for line in reservation.lines
                    if line.sku == sku
                ]
                assert sum(lines) == getattr(product, held)

    @invariant()
    def nobody_is_charged_twice_or_without_a_confirmation(self) -> None:
        """At most one payment for each order, captured only after its confirmation."""
        payments = [e for pk, e in self.books.kept.items() if pk.startswith("payment#")]
        assert all(n == 1 for n in Counter(p.transaction_id for p in payments).values())
        for payment in payments:
            if payment.status in {"captured", "refunded"}:
                assert "OrderConfirmed" in self.verdicts[payment.transaction_id]

    @invariant()
    def no_order_has_two_verdicts(self) -> None:
        """A rejected order is never confirmed."""
        for verdicts in self.verdicts.values():
            assert not {"OrderConfirmed", "OrderRejected"} <= verdicts

    def teardown(self) -> None:
        """Everything is redriven and delivered in the end: then nothing may be left hanging."""
        self.inboxes += self.dead
        for _ in range(200):
            self.clock.forward(61)
            self.sweep()
            pending, self.inboxes = self.inboxes, []
            self.inboxes += [m for m in pending if not self._deliver(*m)]
            if not self.inboxes and all(o.settled for o in self.orders.kept.values()):
                break
        for transaction, order in self.orders.kept.items():
            assert order.settled, order
            self._assert_settled(transaction, order.status)

    def _assert_settled(self, transaction: str, status: Status) -> None:
        held = [
            p.status
            for pk, p in self.books.kept.items()
            if pk.startswith("payment#") and p.transaction_id == transaction
        ]
        reservation = self.stock.kept[transaction].status
        view = fold(self.journal.read(transaction))
        assert (view.status, view.final) == (status, True)
        if status is Status.CONFIRMED:
            assert (held, reservation) == (["captured"], Reserved.COMMITTED)
        else:
            assert reservation in {Reserved.RELEASED, Reserved.FAILED}
            assert set(held) <= {"voided", "refunded", "declined"}


TestPipeline = Pipeline.TestCase
TestPipeline.settings = settings(deadline=None, max_examples=60, stateful_step_count=40)
