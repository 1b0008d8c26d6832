from collections.abc import Sequence

import pytest
from events import confirmed, event, placed
from fakes_shared import TRANSACTION
from hypothesis import given, settings
from hypothesis import strategies as st
from journals import journals
from told import AUTHORIZED, CAPTURED, COMMITTED, RESERVED

from notifications.domain.feeds import OPERATIONS, Feed, Kind
from notifications.domain.fold import fold
from notifications.domain.product import Product
from notifications.domain.states import segment_of
from notifications.domain.update import Update, changes, owner_of, steps, update, was_placed
from notifications.domain.work import (
    OrderFollowed,
    OrderMoved,
    ProductFollowed,
    ProductMoved,
    parse,
)
from shared.events import Envelope, OrderPlaced, ProductChanged
from shared.money import Money

Journal = tuple[Envelope, ...]
STORY = (placed(("A", 1)), RESERVED, AUTHORIZED, confirmed(), COMMITTED, CAPTURED)
"""An order on which nothing goes wrong."""


def _without_from(of: Update) -> dict[str, object]:
    return of.model_dump(exclude={"from_sequence"})


@settings(deadline=None)
@given(journals, st.integers(0, 12))
def test_an_update_is_the_view_of_all_that_came_until_then(entries: Journal, after: int) -> None:
    newest = update(TRANSACTION, entries, after=after)
    assert newest.sequence == len(entries)
    assert newest.from_sequence == min(after, len(entries))
    known = newest.model_dump(exclude={"from_sequence", "transaction_id"})
    assert known == fold(entries).model_dump()


@settings(deadline=None)
@given(journals, st.data())
def test_equal_sequences_are_equal_documents_whatever_came_later(
    entries: Journal, data: st.DataObject
) -> None:
    sequence = data.draw(st.integers(0, len(entries)))
    once = update(TRANSACTION, entries[:sequence], after=0)
    later = update(TRANSACTION, entries, after=1, sequence=sequence)
    assert _without_from(once) == _without_from(later)


@settings(deadline=None)
@given(journals, st.integers(0, 12), st.integers(1, 12))
def test_steps_are_every_update_after_a_sequence_one_by_one(
    entries: Journal, after: int, most: int
) -> None:
    found = steps(TRANSACTION, entries, after=after, most=most)
    expected = range(after + 1, len(entries) + 1)[:most]
    assert [step.sequence for step in found] == list(expected)
    for step in found:
        assert step.from_sequence == step.sequence - 1
        assert step == update(TRANSACTION, entries[: step.sequence], after=step.sequence - 1)


def _gists(entries: Journal) -> list[tuple[str, bool]]:
    views = [fold(entries[:length]) for length in range(len(entries) + 1)]
    return [(view.status, view.final) for view in views]


def _told(entries: Journal, numbers: Sequence[int]) -> list[int]:
    return [change.update.sequence for change in changes(TRANSACTION, entries, numbers)]


@settings(deadline=None)
@given(journals, st.data())
def test_each_change_of_status_or_finality_is_told_once_however_its_steps_are_cut(
    entries: Journal, data: st.DataObject
) -> None:
    numbers = data.draw(st.permutations(range(1, len(entries) + 1)))
    cut = data.draw(st.integers(0, len(numbers)))
    told = _told(entries, numbers[:cut]) + _told(entries, numbers[cut:])
    gists = _gists(entries)
    assert sorted(told) == [n for n in range(1, len(gists)) if gists[n] != gists[n - 1]]


@settings(deadline=None)
@given(journals)
def test_a_change_names_the_segments_that_moved_since_the_one_before(entries: Journal) -> None:
    before = 0
    for change in changes(TRANSACTION, entries, range(1, len(entries) + 1)):
        moved = {segment_of(entry) for entry in entries[before : change.update.sequence]}
        assert change.segments == tuple(sorted(moved))
        assert change.update.from_sequence == before
        before = change.update.sequence


def test_an_order_on_which_nothing_goes_wrong_changes_three_times() -> None:
    told = list(changes(TRANSACTION, STORY, range(1, 7)))
    assert [(c.update.sequence, c.update.status, c.update.final, c.segments) for c in told] == [
        (1, "PENDING", False, ("order",)),
        (4, "CONFIRMED", False, ("inventory", "order", "payments")),
        (6, "CONFIRMED", True, ("inventory", "payments")),
    ]


def test_the_same_status_again_is_no_change() -> None:
    assert _told(STORY, [2, 3, 5]) == []
    assert _told(STORY, []) == []


def test_whose_an_order_is_comes_with_its_placing() -> None:
    assert (owner_of((confirmed(),)), was_placed((confirmed(),))) == (None, False)
    data = placed(("A", 1)).data
    assert isinstance(data, OrderPlaced)
    owned = event("orders", data.model_copy(update={"customer_reference": "ann"}))
    assert (owner_of((confirmed(), owned)), was_placed((confirmed(), owned))) == ("ann", True)
    assert (owner_of(STORY), was_placed(STORY)) == (None, True)


@pytest.mark.parametrize(
    "feed", [Feed(Kind.ORDER, TRANSACTION), Feed(Kind.PRODUCT, "A#1"), OPERATIONS]
)
def test_a_feed_is_read_back_as_it_was_written(feed: Feed) -> None:
    assert Feed.parse(str(feed)) == feed


@pytest.mark.parametrize(
    ("work", "group", "once"),
    [
        (OrderMoved(transaction_id=TRANSACTION, sequence=3), TRANSACTION, f"{TRANSACTION}:3"),
        (
            OrderFollowed(transaction_id=TRANSACTION, connection_id="c", after=2, frame_id="f"),
            TRANSACTION,
            "f",
        ),
        (ProductMoved(sku="A", version=4, turned=True), "product#A", "A:4"),
        (ProductFollowed(sku="A", connection_id="c", frame_id="f"), "product#A", "f"),
    ],
)
def test_work_is_grouped_by_what_it_is_about_and_read_back_as_it_was_written(
    work: OrderMoved | OrderFollowed | ProductMoved | ProductFollowed, group: str, once: str
) -> None:
    assert (work.group, work.once) == (group, once)
    assert parse(work.model_dump_json()) == work


@pytest.mark.parametrize("body", ["", "{}", "[]", '{"kind": "other"}', '{"kind": "order_moved"}'])
def test_what_is_no_work_is_refused(body: str) -> None:
    with pytest.raises(ValueError, match="validation error"):
        parse(body)


@pytest.mark.parametrize(("available", "in_stock"), [(None, True), (3, True), (0, False)])
def test_a_product_is_in_stock_as_long_as_there_may_be_one(
    available: int | None, *, in_stock: bool
) -> None:
    changed = ProductChanged(
        sku="A",
        version=7,
        name="Apple",
        unit_price=Money(amount=100, currency="EUR"),
        available_at_most=available,
    )
    product = Product.of(changed)
    assert product.in_stock is in_stock
    assert product.model_dump(exclude={"in_stock"}) == changed.model_dump(
        include=set(Product.model_fields)
    )
