"""What must hold at the end of every world, whatever went wrong in it."""

import json
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from functools import cache
from typing import Any

from jsonschema_rs import Validator, validator_for

from inventory.domain.product import Product
from inventory.domain.reservation import Reservation
from inventory.domain.reservation import Status as Held
from local_stack.project import ROOT
from notifications.consumes import CONSUMES
from notifications.domain.fold import fold
from orders.domain.order import Order, Status
from payments.books import Entry, State
from payments.domain.payment import Payment
from shared import events
from shared.dead_letters import DeadLetter
from shared.due import sortable
from shared.events.envelope import SOURCE_PREFIX
from shared.history import History, from_record
from shared.ids import transaction_id
from shared.records import DOCUMENT, from_item
from simulator import telling
from simulator.aws.events import Event
from simulator.aws.tables import ITSELF, Index, Key, Table
from simulator.aws.values import Item
from simulator.shoppers import EMAIL, Shopper
from simulator.stacks import STAGE
from simulator.violations import Violation
from simulator.world import World

MOST_EVENTS = 60
"""An order has eight events or so; repetitions under faults are a few times as many."""
CONSUMED = {(f"{SOURCE_PREFIX}{service}", model.detail_type()) for service, model in CONSUMES}
"""What notifications hears, by source and detail type."""
SOME_ORDERS = 30
"""With so many more: of few orders each may be one of those that are repeated through an outage."""
NOTHING: dict[str, list[Any]] = {"L": []}
UNDECIDED = {State.PENDING, State.ACTION_REQUIRED, State.AUTHORIZED, State.CAPTURED}
"""States in which the provider holds or has a shopper's money."""


def _items(world: World, table: str) -> dict[Any, Any]:
    return world.cloud.dynamodb.tables[f"orderbus-{STAGE}-{table}"].items


def _records(world: World, table: str, model: Any) -> dict[str, Any]:  # noqa: ANN401
    items = _items(world, table)
    return {str(k): model.model_validate_json(item[DOCUMENT]["S"]) for k, item in items.items()}


@dataclass
class Books:
    """Every service's tables, read as they are at the end."""

    orders: dict[str, Order]
    reservations: dict[str, Reservation]
    payments: dict[str, Payment]
    books: list[Entry]
    products: dict[str, Product]
    catalogue: dict[str, Any]
    announced: dict[tuple[str, str], Any]
    journals: dict[str, tuple[events.Envelope, ...]]
    published: dict[str, Event]
    """By its own id, the last event that was published with it."""
    ids_of: dict[str | None, set[str]] = field(init=False)
    """By transaction, the ids of all events that notifications hears."""
    books_of: dict[str, list[Entry]] = field(init=False)
    """By transaction, the provider's payments."""

    def __post_init__(self) -> None:
        self.ids_of, self.books_of = defaultdict(set), defaultdict(list)
        for identity, event in self.published.items():
            if (event.source, event.detail_type) in CONSUMED:
                self.ids_of[event.document["metadata"]["transaction_id"]].add(identity)
        for entry in self.books:
            self.books_of[entry.transaction_id].append(entry)


def _read(world: World) -> Books:
    journal = _items(world, "notifications-journal")
    return Books(
        orders=_records(world, "orders-orders", Order),
        reservations=_records(world, "inventory-reservations", Reservation),
        payments=_records(world, "payments-payments", Payment),
        books=[
            entry
            for key, entry in _records(world, "payments-sandbox", Entry).items()
            if key.startswith("payment#")
        ],
        products={
            sku: Product.model_validate(from_item(item))
            for sku, item in _items(world, "inventory-products").items()
        },
        catalogue=_items(world, "orders-catalogue"),
        announced=_items(world, "notifications-feeds"),
        journals={
            key: tuple(
                from_record(json.loads(entry["S"])) for entry in item.get("entries", NOTHING)["L"]
            )
            for key, item in journal.items()
        },
        published={
            event.document["metadata"]["event_id"]: event for event in world.cloud.events.archived()
        },
    )


def is_quiet(world: World) -> bool:
    """Whether everything has ended: nothing in a queue, nothing left for any sweep."""
    if world.under_way or any(queue.size for queue in world.cloud.sqs.by_url.values()):
        return False
    return not any(mapping.running for mapping in world.mappings) and not _unswept(world)


def _unswept(world: World) -> dict[str, list[Key]]:
    """Answers the keys that a sparse index will show to its sweep today, by table and index."""
    tomorrow = sortable(world.now() + timedelta(days=1))
    return {
        f"{table.name.removeprefix(f'orderbus-{STAGE}-')}/{index}": keys
        for table in world.cloud.dynamodb.tables.values()
        for index, entries in table.entries.items()
        if index != ITSELF and (keys := list(_due(table, table.indexes[index], entries, tomorrow)))
    }


def _due(
    table: Table, index: Index, entries: Mapping[str, Iterable[Key]], until: str
) -> Iterator[Key]:
    for found in entries.values():
        for key in found:
            moment = table.items[key].get(index.range_key or "")
            if moment is None or moment["S"] <= until:
                yield key


def progress(world: World) -> tuple[object, ...]:
    """Answers what changes for as long as a world gets anywhere: what was said, what is open."""
    said = {event.detail for event in world.cloud.events.archived()}
    queued = tuple(queue.size for queue in world.cloud.sqs.by_url.values())
    return len(said), queued, world.under_way, _unswept(world), len(parked(world))


def parked(world: World) -> list[DeadLetter]:
    """Answers the dead letters that nobody has redriven."""
    tables = [name for name in world.cloud.dynamodb.tables if name.endswith("-dead-letters")]
    return [
        letter
        for table in tables
        for letter in _records(world, table.removeprefix(f"orderbus-{STAGE}-"), DeadLetter).values()
        if letter.redriven_at is None
    ]


def talks_for_ever(world: World) -> bool:
    """Whether there are more events than so many orders can lead to."""
    events_so_far = sum(len(bus.archived) for bus in world.cloud.events.buses.values())
    orders = len(_items(world, "orders-orders"))
    return events_so_far > MOST_EVENTS * (orders + SOME_ORDERS)


def statuses(world: World) -> dict[str, int]:
    """Answers how many orders ended in each status."""
    orders = _items(world, "orders-orders").values()
    return dict(Counter(json.loads(item[DOCUMENT]["S"])["status"] for item in orders))


def watch_stock(world: World) -> list[Violation]:
    """Answers a list that grows with every write that takes more pieces than there are."""
    seen: list[Violation] = []

    def look(sku: Key, item: dict[str, Any]) -> None:
        counts = {place: int(item[place]["N"]) for place in ("available", "reserved", "sold")}
        if min(counts.values()) < 0:
            seen.append(Violation("no oversell", f"{sku}: {counts}"))

    world.cloud.dynamodb.tables[f"orderbus-{STAGE}-inventory-products"].watch = look
    return seen


def check(world: World, buyers: list[Shopper], stock: dict[str, int]) -> list[Violation]:
    """Answers every promise that was broken; of endless talk nothing else can be said."""
    if talks_for_ever(world):
        return [Violation("talk comes to an end", "more events than so many orders can lead to")]
    state = _read(world)
    return [
        *_acknowledged(state, buyers),
        *_stock(state, stock),
        *_told_of_products(state),
        *_events(world, state),
        *(v for t, order in state.orders.items() for v in _order(state, t, order)),
        *_strays(state),
        *_queues(world),
        *telling.check(world, state.journals),
    ]


def _acknowledged(state: Books, buyers: list[Shopper]) -> Iterator[Violation]:
    for buyer in buyers:
        own = transaction_id("guest", buyer.key)
        for transaction in buyer.transactions:
            if transaction != own or transaction not in state.orders:
                yield Violation("an acknowledged order exists", buyer.key, transaction)
        order = state.orders.get(own)
        if buyer.cancelled and order is not None and order.status is not Status.CANCELLED:
            yield Violation("a confirmed cancellation holds", order.status, own)
        if order is not None and buyer.refused and not buyer.sends_twice:
            yield Violation("a refused checkout leaves no order", str(buyer.refused), own)
    keys = {transaction_id("guest", buyer.key) for buyer in buyers}
    for transaction in state.orders.keys() - keys:
        yield Violation("one order a key", "an order of no shopper", transaction)


def _stock(state: Books, stock: dict[str, int]) -> Iterator[Violation]:
    sold: Counter[str] = Counter()
    for order in state.orders.values():
        if order.status is Status.CONFIRMED:
            for line in order.lines:
                sold[line.sku] += line.quantity
    for sku, pieces in stock.items():
        product = state.products[sku]
        counted = product.available + product.reserved + product.sold
        if counted != pieces:
            yield Violation("no piece is made or lost", f"{sku}: {counted} of {pieces}")
        if product.reserved:
            yield Violation("nothing stays reserved", f"{sku}: {product.reserved}")
        if product.sold != sold[sku]:
            yield Violation(
                "what is sold is what was confirmed", f"{sku}: {product.sold}, not {sold[sku]}"
            )


def _told_of_products(state: Books) -> Iterator[Violation]:
    for sku, product in state.products.items():
        shown = state.announced.get((f"product#{sku}", "#state"))
        if shown is None or int(shown["version"]["N"]) != product.version:
            yield Violation("notifications knows every product", f"{sku}: {shown}")
        known = state.catalogue.get(sku)
        version = 0 if known is None else int(known["version"]["N"])
        if version != product.version or product.has_news:
            yield Violation(
                "orders knows every product", f"{sku}: version {version} of {product.version}"
            )


def _order(state: Books, transaction: str, order: Order) -> Iterator[Violation]:
    if order.status is Status.PENDING or not order.settled:
        yield Violation(
            "every order ends in one final state", f"{order.status}, {order.facts}", transaction
        )
        return
    yield from _money(state, transaction, order)
    yield from _pieces(state, transaction, order)
    yield from _view(state, transaction, order)
    for name, history in (
        ("orders", order.history),
        ("inventory", _history(state.reservations.get(transaction))),
        ("payments", _history(state.payments.get(transaction))),
    ):
        yield from _published(state, name, transaction, history)


def _history(record: Reservation | Payment | None) -> History:
    return () if record is None else record.history


def _published(
    state: Books, service: str, transaction: str, history: History
) -> Iterator[Violation]:
    for step in history:
        for recorded in step.recorded:
            if recorded["metadata"]["event_id"] not in state.published:
                yield Violation(
                    "nothing committed stays unpublished",
                    f"{service}: {recorded['detail_type']}",
                    transaction,
                )


def _money(state: Books, transaction: str, order: Order) -> Iterator[Violation]:
    own = state.books_of[transaction]
    if len(own) > 1:
        yield Violation("one payment an order", str([e.status for e in own]), transaction)
    if order.status is Status.CONFIRMED:
        if [(e.status, e.amount) for e in own] != [(State.CAPTURED, order.total.amount)]:
            yield Violation("a confirmed order is captured once", str(own), transaction)
    elif any(entry.status in UNDECIDED for entry in own):
        yield Violation("a dead order costs nothing", str([e.status for e in own]), transaction)


def _pieces(state: Books, transaction: str, order: Order) -> Iterator[Violation]:
    reservation = state.reservations.get(transaction)
    status = None if reservation is None else reservation.status
    wanted = {Held.COMMITTED} if order.status is Status.CONFIRMED else {Held.RELEASED, Held.FAILED}
    if status not in wanted:
        yield Violation(
            "stock follows the verdict", f"{order.status}, but stock {status}", transaction
        )


def _view(state: Books, transaction: str, order: Order) -> Iterator[Violation]:
    journal = state.journals.get(transaction, ())
    view = fold(journal)
    if (view.status.value, view.final) != (order.status.value, True):
        yield Violation(
            "the view tells the truth",
            f"{view.status}, final {view.final}; the order is {order.status}",
            transaction,
        )
    known = {(failure.segment, failure.code) for failure in view.failures}
    missing = {(f.segment, f.code) for f in order.failures} - known
    if missing:
        yield Violation("every failure is in the shopper's view", str(missing), transaction)
    kept = Counter(envelope.event_id for envelope in journal)
    own = state.ids_of[transaction]
    if set(kept) != own or any(count > 1 for count in kept.values()):
        yield Violation(
            "the journal holds every event once",
            f"{len(journal)} entries, {len(own)} events",
            transaction,
        )


def _events(world: World, state: Books) -> Iterator[Violation]:
    verdicts: dict[str, set[str]] = {}
    ids: dict[tuple[str, ...], set[str]] = defaultdict(set)
    for archived in world.cloud.events.archived():
        if EMAIL in archived.detail:
            yield Violation("no personal data on the bus", archived.detail_type)
        yield from _valid(archived)
        ids[_step(archived)].add(archived.document["metadata"]["event_id"])
    for step, drawn in ids.items():
        if len(drawn) > 1:
            yield Violation("what is told again has the same id", f"{step[0]} {step[1]}", step[2])
    for event in state.published.values():
        if event.source == f"{SOURCE_PREFIX}orders" and event.detail_type != "OrderPlaced":
            transaction = event.document["metadata"]["transaction_id"]
            verdicts.setdefault(transaction, set()).add(event.detail_type)
    for transaction, names in verdicts.items():
        if {"OrderConfirmed", "OrderRejected"} <= names:
            yield Violation("no order has two verdicts", str(sorted(names)), transaction)


def _step(archived: Event) -> tuple[str, ...]:
    """Answers what an event's id is derived from: what happened, to what, because of what."""
    metadata, data = archived.document["metadata"], archived.document["data"]
    about = (metadata["transaction_id"] or "", data.get("sku", ""), metadata["causation_id"] or "")
    return (archived.source, archived.detail_type, *about)


def _valid(archived: Event) -> Iterator[Violation]:
    detail = archived.document
    service = archived.source.removeprefix(SOURCE_PREFIX)
    schema = _schema(service, archived.detail_type, int(detail["metadata"]["schema_version"]))
    for error in schema.iter_errors(detail):
        yield Violation(
            "every event is valid against its schema",
            f"{archived.detail_type}: {error.message}",
            detail["metadata"]["transaction_id"],
        )


@cache
def _schema(service: str, detail_type: str, version: int) -> Validator:
    path = ROOT / "shared" / "schemas" / service / f"{detail_type}.v{version}.json"
    return validator_for(json.loads(path.read_text()), validate_formats=True)


def _strays(state: Books) -> Iterator[Violation]:
    for transaction in (state.reservations.keys() | state.payments.keys()) - state.orders.keys():
        yield Violation("no service works for an order that is none", "", transaction)


def _queues(world: World) -> Iterator[Violation]:
    for queue in world.cloud.sqs.by_url.values():
        if queue.size:
            yield Violation("no message is left behind", f"{queue.name}: {queue.size}")
    for index, keys in _unswept(world).items():
        yield Violation("the sweeps leave nothing behind", f"{index}: {keys[:3]}")
    for letter in parked(world):
        yield Violation(
            "no dead letter stays parked",
            f"{letter.service}: {letter.error}",
            letter.transaction_id,
        )


def check_redelivery(world: World) -> list[Violation]:
    """Delivers every event of the archive once more, as live duplicates: nothing may change."""
    before = _snapshot(world)
    for bus in world.cloud.events.buses.values():
        for event in list(bus.archived):
            bus.put(event)
    end = world.loop.now + 3600
    while world.loop.now < end:
        world.loop.run_until(world.loop.now + 120)
        if is_quiet(world):
            break
    after = _snapshot(world)
    changed = [name for name in before if before[name] != after[name]]
    return [Violation("a second delivery changes nothing", name) for name in changed]


def _snapshot(world: World) -> dict[str, dict[Key, Item]]:
    """Answers what every table holds, but for who follows: those who are gone may be forgotten."""
    tables = world.cloud.dynamodb.tables.items()
    return {
        name: {key: _without_followers(item) for key, item in table.items.items()}
        for name, table in tables
        if not name.endswith("-connections")
    }


def _without_followers(item: Item) -> Item:
    if "followers" not in item:
        return item
    return {name: value for name, value in item.items() if name != "followers"}
