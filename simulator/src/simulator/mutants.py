"""Planted bugs of the kind that this field really has: the simulator must find every one.

A mutant puts something wrong in the place of a part of the product while a block lasts. Should one
survive, the simulator has a hole.
"""

import json
import os
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import ProcessPoolExecutor
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field, replace
from itertools import repeat
from multiprocessing import get_context
from typing import Any

from inventory.adapters import DynamoProducts, DynamoStock
from inventory.domain import decide as inventory_decide
from inventory.domain.moves import Place, moves
from inventory.domain.reservation import Reservation
from inventory.domain.reservation import Status as Held
from notifications.adapters import DynamoJournal
from orders import signing_in
from orders.adapters import DynamoCatalogue
from orders.domain import decide as orders_decide
from orders.domain.order import Meaning, Order
from payments import paying
from payments.domain import decide as payments_decide
from payments.domain.payment import Payment, Status
from payments.domain.recording import finish
from shared import dead_letters, history, ids, inbox
from shared.bus import EventBridgeBus
from shared.decision import Ignored
from shared.events import OrderCancelled, OrderPlaced, OrderRejected, PaymentVoided, envelope
from shared.records import DOCUMENT, DynamoRecords
from simulator import channel_mutants as channels
from simulator.campaigns import resting_collector
from simulator.faults import ALL, NONE, Rates
from simulator.functions import functions
from simulator.replacing import Patch, replaced
from simulator.running import Plan, run

ORDERS_PER_WORLD = 40
MANY_FOLLOW = (40, 40, 20)
RATES = ALL.times(3.0)
"""Three times what goes wrong elsewhere: a bug has to show soon."""


@dataclass(frozen=True)
class Mutant:
    """One planted bug; its name is what somebody would say of the code."""

    name: str
    patches: Callable[[], Sequence[Patch]]
    likely: Mapping[str, float] = field(default_factory=dict)
    """Kinds of faults without which it would show only in very many orders."""

    @property
    def rates(self) -> Rates:
        """What goes wrong while the mutant is hunted."""
        return replace(RATES, **self.likely)

    @contextmanager
    def planted(self) -> Iterator[None]:
        """Plants the bug while a block lasts.

        Every function is loaded before: what is imported meanwhile would keep the bug for good.
        """
        functions()
        with ExitStack() as stack:
            for owner, name, value in self.patches():
                stack.enter_context(replaced(owner, name, value))
            yield


@dataclass(frozen=True)
class Kill:
    """How a mutant was found out: after how many orders, by which promise; None: it lives."""

    mutant: str
    orders: int
    promise: str | None


def hunt(mutant: Mutant, most_orders: int) -> Kill:
    """Runs worlds with a mutant until one breaks a promise, or so many orders have passed."""
    orders = 0
    with mutant.planted(), resting_collector():
        for seed in range(most_orders // ORDERS_PER_WORLD):
            orders += ORDERS_PER_WORLD
            plan = Plan(
                seed,
                ORDERS_PER_WORLD,
                mutant.rates,
                swarmed=False,
                redelivered=seed % 4 == 0,
                follow=MANY_FOLLOW,
            )
            violations = run(plan).violations
            if violations:
                return Kill(mutant.name, orders, violations[0].promise)
    return Kill(mutant.name, orders, None)


def hunt_all(
    most_orders: int, *, told: Callable[[Kill], None], workers: int | None = None
) -> list[Kill]:
    """Hunts every mutant on all processors; `told` hears of each as it is known."""
    kills: list[Kill] = []
    count = workers or os.cpu_count() or 1
    with ProcessPoolExecutor(count, mp_context=get_context("spawn")) as pool:
        for kill in pool.map(_hunt_by_number, range(len(MUTANTS)), repeat(most_orders)):
            kills.append(kill)
            told(kill)
    return kills


def _hunt_by_number(number: int, most_orders: int) -> Kill:
    return hunt(MUTANTS[number], most_orders)


# inventory -----------------------------------------------------------------------------------


def _reserves_again() -> Sequence[Patch]:
    known = history.published_for
    reserve = inventory_decide._reserve  # noqa: SLF001 - a mutant changes what is private

    def reserve_anew(before: Reservation | None, *rest: Any) -> Any:  # noqa: ANN401
        step: Any = reserve(None, *rest)
        if before is None or before.status is not Held.RESERVED:
            return reserve(before, *rest)
        record = step.reservation.model_copy(update={"version": before.version})
        return inventory_decide.Step(record, step.moves, step.publish)

    def only_of_verdicts(steps: Any, cause: str) -> Any:  # noqa: ANN401
        published = known(steps, cause)
        first = steps[0].cause if steps else None
        return None if cause == first else published

    return [
        (inventory_decide, "_reserve", reserve_anew),
        (inventory_decide, "published_for", only_of_verdicts),
    ]


def _checks_each_line_alone() -> Sequence[Patch]:
    real = DynamoStock._update  # noqa: SLF001

    def update(stock: DynamoStock, move: Any) -> dict[str, Any]:  # noqa: ANN401
        write = real(stock, move)
        largest = max(1, move.line.quantity // 2)
        values = write["ExpressionAttributeValues"] | {":line": {"N": str(largest)}}
        return write | {
            "ConditionExpression": "#from >= :line",
            "ExpressionAttributeValues": values,
        }

    return [(DynamoStock, "_update", update)]


def _reserves_after_a_cancellation() -> Sequence[Patch]:
    reserve = inventory_decide._reserve  # noqa: SLF001

    def forget_tombstones(before: Reservation | None, *rest: Any) -> Any:  # noqa: ANN401
        step: Any = reserve(None, *rest)
        if before is None or before.status is not Held.RELEASED or before.lines:
            return reserve(before, *rest)
        update = {
            "version": before.version,
            "history": (*before.history, *step.reservation.history),
        }
        return inventory_decide.Step(
            step.reservation.model_copy(update=update), step.moves, step.publish
        )

    return [(inventory_decide, "_reserve", forget_tombstones)]


def _commits_expired_pieces_as_reserved() -> Sequence[Patch]:
    commit = inventory_decide._commit  # noqa: SLF001

    def commit_reserved(before: Reservation | None, *rest: Any) -> Any:  # noqa: ANN401
        step: Any = commit(before, *rest)
        if before is None or before.status is not Held.EXPIRED:
            return step
        moved = moves(before.lines, Place.RESERVED, Place.SOLD)
        return inventory_decide.Step(step.reservation, moved, step.publish)

    return [(inventory_decide, "_commit", commit_reserved)]


def _forgets_to_release() -> Sequence[Patch]:
    release = inventory_decide._release  # noqa: SLF001

    def release_nothing(before: Reservation | None, *rest: Any) -> Any:  # noqa: ANN401
        step = release(before, *rest)
        if isinstance(step, Ignored) or before is None or before.status is not Held.COMMITTED:
            return step
        return inventory_decide.Step(step.reservation, (), step.publish)

    return [(inventory_decide, "_release", release_nothing)]


def _never_repeats_what_is_untold() -> Sequence[Patch]:
    return [(DynamoProducts, "untold", lambda _products: iter(()))]


# orders --------------------------------------------------------------------------------------


def _sweeps_confirmed_orders_away() -> Sequence[Patch]:
    sweep = orders_decide._sweep  # noqa: SLF001

    def reject_all(order: Order, message: Any, now: Any) -> Any:  # noqa: ANN401
        if not order.settled and now >= order.deadline:
            return orders_decide._reject(order, message.cause, now)  # noqa: SLF001
        return sweep(order, message, now)

    return [(orders_decide, "_sweep", reject_all)]


def _confirms_on_the_first_success() -> Sequence[Patch]:
    def any_tried(order: Order) -> bool:
        return any(Meaning.TRIED in order.meanings(s) for s in order.required_segments)

    return [(Order, "all_tried", property(any_tried))]


def _never_reminds() -> Sequence[Patch]:
    return [
        (orders_decide, "_needs_reminder", lambda _order: False),
        (orders_decide, "unheard", lambda _order: ()),
    ]


def _draws_transaction_ids() -> Sequence[Patch]:
    drawn = iter(range(10**9))

    def draw(scope: str, _key: str) -> str:
        return ids.transaction_id(scope, str(next(drawn)))

    return [(signing_in, "transaction_id", draw)]


def _keeps_older_products() -> Sequence[Patch]:
    def keep(catalogue: DynamoCatalogue, product: Any) -> bool:  # noqa: ANN401
        catalogue._client.put_item(  # noqa: SLF001
            TableName=catalogue._table,  # noqa: SLF001
            Item={
                "sku": {"S": product.sku},
                "version": {"N": str(product.version)},
                DOCUMENT: {"S": product.model_dump_json()},
            },
        )
        return True

    return [(DynamoCatalogue, "keep", keep)]


def _tells_the_address() -> Sequence[Patch]:
    place = orders_decide._place  # noqa: SLF001

    def with_address(order: Any, message: Any, now: Any) -> Any:  # noqa: ANN401
        return place(order, replace(message, customer_reference=message.email), now)

    return [(orders_decide, "_place", with_address)]


# payments ------------------------------------------------------------------------------------


def _loses_the_void() -> Sequence[Patch]:
    give_back = payments_decide._give_back  # noqa: SLF001

    def void_nothing(payment: Payment, message: Any, now: Any) -> Any:  # noqa: ANN401
        if payment.status is not Status.AUTHORIZING:
            return give_back(payment, message, now)
        return finish(payment, Status.VOIDED, PaymentVoided(), message.event_id, now)

    return [(payments_decide, "_give_back", void_nothing)]


def _leaves_no_tombstone() -> Sequence[Patch]:
    begin = payments_decide._begin  # noqa: SLF001

    def only_answer(message: Any, now: Any) -> Any:  # noqa: ANN401
        step = begin(message, now)
        if isinstance(message.data, OrderRejected | OrderCancelled):
            return Ignored("nothing to give back", step.publish)
        return step

    return [(payments_decide, "_begin", only_answer)]


def _asks_under_a_new_key() -> Sequence[Patch]:
    drawn = iter(range(10**9))
    real = paying.key

    def draw(transaction_id: str, operation: Any) -> str:  # noqa: ANN401
        return f"{real(transaction_id, operation)}:{next(drawn) // 4}"

    return [(paying, "key", draw)]


def _says_void_and_does_nothing() -> Sequence[Patch]:
    give_back = payments_decide._give_back  # noqa: SLF001

    def say_only(payment: Payment, message: Any, now: Any) -> Any:  # noqa: ANN401
        if payment.status is Status.AUTHORIZED:
            return finish(payment, Status.VOIDED, PaymentVoided(), message.event_id, now)
        return give_back(payment, message, now)

    return [(payments_decide, "_give_back", say_only)]


def _captures_without_a_confirmation() -> Sequence[Patch]:
    hear = payments_decide._hear  # noqa: SLF001

    def capture_at_once(payment: Payment, message: Any, now: Any) -> Any:  # noqa: ANN401
        if isinstance(message.data, OrderPlaced) and payment.status is Status.AUTHORIZED:
            return payments_decide._capture(payment, message, now)  # noqa: SLF001
        return hear(payment, message, now)

    return [(payments_decide, "_hear", capture_at_once)]


def _answers_for_ever() -> Sequence[Patch]:
    return [(payments_decide, "_unheard", lambda payment, _verdict: payment.history[-1].published)]


# the plumbing --------------------------------------------------------------------------------


def _overwrites() -> Sequence[Patch]:
    put = DynamoRecords.put

    def unconditional(records: Any, record: Any) -> dict[str, Any]:  # noqa: ANN401
        write = put(records, record)
        return {name: write[name] for name in ("TableName", "Item")}

    return [(DynamoRecords, "put", unconditional)]


def _acknowledges_before_publishing() -> Sequence[Patch]:
    publish = inbox.publish_each

    def acknowledge_anyway(events: Any, bus: Any) -> set[str]:  # noqa: ANN401
        publish(events, bus)
        return set()

    return [(inbox, "publish_each", acknowledge_anyway)]


def _does_not_read_the_result() -> Sequence[Patch]:
    put = EventBridgeBus._put  # noqa: SLF001

    def put_and_hope(bus: EventBridgeBus, batch: Any) -> dict[str, str]:  # noqa: ANN401
        put(bus, batch)
        return {}

    return [(EventBridgeBus, "_put", put_and_hope)]


def _swallows_errors() -> Sequence[Patch]:
    work = inbox._work  # noqa: SLF001

    def handled(message: Any, handle: Any, box: Any) -> Any:  # noqa: ANN401
        return work(message, handle, box) or ()

    return [(inbox, "_work", handled)]


def _draws_event_ids() -> Sequence[Patch]:
    drawn = iter(range(10**9))

    def draw(cause: str, name: str, _subject: str = "") -> str:
        return ids.event_id(cause, name, str(next(drawn)))

    return [(envelope, "event_id", draw)]


def _tells_numbers_as_texts() -> Sequence[Patch]:
    def detail(told: envelope.Envelope) -> str:
        metadata = told.document["metadata"]
        version = str(metadata["schema_version"])
        return json.dumps(told.document | {"metadata": metadata | {"schema_version": version}})

    return [(envelope.Envelope, "detail", detail)]


def _journals_twice() -> Sequence[Patch]:
    append = DynamoJournal.append

    def append_again(journal: DynamoJournal, event: Any) -> tuple[int, bool]:  # noqa: ANN401
        number, is_new = append(journal, event)
        if not is_new:
            client = journal._client  # noqa: SLF001
            client.update_item(
                TableName=journal._table,  # noqa: SLF001
                Key={"transaction_id": {"S": event.transaction_id}},
                UpdateExpression="SET #e = list_append(#e, :again)",
                ExpressionAttributeNames={"#e": "entries"},
                ExpressionAttributeValues={
                    ":again": {"L": [{"S": json.dumps(history.to_record(event))}]}
                },
            )
        return number, is_new

    return [(DynamoJournal, "append", append_again)]


def _parks_nothing() -> Sequence[Patch]:
    return [(dead_letters, "_kept", lambda letter, _records: letter)]


OUTAGES_ALONE = vars(NONE) | {"outage": 0.95}
MUTANTS: tuple[Mutant, ...] = (
    Mutant("reserve has no dedupe", _reserves_again),
    Mutant("shortage is checked line by line, not for a SKU", _checks_each_line_alone),
    Mutant("reserve after a cancellation", _reserves_after_a_cancellation),
    Mutant(
        "an expired reservation is committed as if it held",
        _commits_expired_pieces_as_reserved,
        OUTAGES_ALONE,
    ),
    Mutant("sold pieces of a cancelled order stay sold", _forgets_to_release),
    Mutant("a change of stock that was not told is never told", _never_repeats_what_is_untold),
    Mutant(
        "the sweep rejects confirmed orders", _sweeps_confirmed_orders_away, {"undeliverable": 0.03}
    ),
    Mutant(
        "confirmed as soon as one segment succeeds",
        _confirms_on_the_first_success,
        {"undeliverable": 0.03},
    ),
    Mutant("the sweep reminds nobody", _never_reminds, {"undeliverable": 0.02}),
    Mutant("each checkout is a new order, whatever its key", _draws_transaction_ids),
    Mutant("an older product overwrites a newer one", _keeps_older_products),
    Mutant("an e-mail address on the bus", _tells_the_address),
    Mutant("the void is lost when cancel meets authorize", _loses_the_void, {"cancel": 0.6}),
    Mutant("a verdict before the order leaves no tombstone", _leaves_no_tombstone, {"cancel": 0.6}),
    Mutant("the provider is asked again under a new key", _asks_under_a_new_key),
    Mutant("a void that the provider is never asked for", _says_void_and_does_nothing),
    Mutant(
        "captured without a confirmation", _captures_without_a_confirmation, {"refused_entry": 0.05}
    ),
    Mutant("a verdict is answered with its own cause", _answers_for_ever),
    Mutant("statuses are overwritten unconditionally", _overwrites),
    Mutant("acknowledged though publishing failed", _acknowledges_before_publishing),
    Mutant(
        "the result of PutEvents is not read", _does_not_read_the_result, {"refused_entry": 0.1}
    ),
    Mutant("an error is logged and acknowledged", _swallows_errors),
    Mutant(
        "event ids are drawn, not derived",
        _draws_event_ids,
        {"undeliverable": 0.02, "crash_after": 0.02},
    ),
    Mutant("a number on the bus is a text", _tells_numbers_as_texts),
    Mutant("the journal keeps duplicates", _journals_twice),
    Mutant("dead letters are acknowledged, not parked", _parks_nothing, {"undeliverable": 0.02}),
    Mutant("each push is a group of its own", channels.pushes_in_no_order, {"frozen": 0.02}),
    Mutant("a push tells what its message says, not how it stands", channels.pushes_what_was),
    Mutant(
        "a follower that can't be reached is skipped",
        channels.skips_whom_it_cannot_reach,
        {"throttled": 0.04},
    ),
    Mutant("noted as pushed before it is", channels.notes_before_it_pushes),
    Mutant("an event is pushed only while it is new", channels.pushes_only_what_is_new),
    Mutant("of a burst only the newest change is told", channels.tells_the_newest_change_alone),
    Mutant("a change is told as the order stands now", channels.tells_of_the_order_as_it_stands),
    Mutant("every event is told as a change", channels.tells_of_every_event),
    Mutant("a change is told twice", channels.tells_twice, vars(NONE)),
    Mutant("the last update is not retained", channels.does_not_retain_the_last_update),
    Mutant("an older product is announced over a newer one", channels.announces_older_products),
)
