from datetime import datetime

import pytest
from fakes_shared import NOON, TRANSACTION, FakeRecords

from shared.decision import Changed, Decision, Ignored
from shared.errors import ConflictError
from shared.events import StockCommitted, compose
from shared.history import Record
from shared.stepping import ATTEMPTS, step

EVENT = compose(
    StockCommitted(lines=()),
    service="inventory",
    transaction_id=TRANSACTION,
    cause="c",
    now=NOON,
)


class Counter(Record):
    """A record that counts."""

    transaction_id: str = TRANSACTION
    count: int = 0


def _count_once(state: Counter | None, message: int, _now: datetime) -> Decision[Counter]:
    if state is not None and state.count >= message:
        return Ignored("counted before", (EVENT,))
    counted = state or Counter()
    return Changed(counted.model_copy(update={"count": message}), (EVENT,))


def test_a_step_commits_and_answers_what_to_publish() -> None:
    records = FakeRecords[Counter]()
    assert step(records, TRANSACTION, _count_once, 1, lambda: NOON) == (EVENT,)
    assert records.kept[TRANSACTION].count == 1


def test_a_repeated_step_commits_nothing_and_publishes_the_same() -> None:
    records = FakeRecords[Counter]()
    step(records, TRANSACTION, _count_once, 1, lambda: NOON)
    before = dict(records.kept)
    assert step(records, TRANSACTION, _count_once, 1, lambda: NOON) == (EVENT,)
    assert records.kept == before


def test_a_step_that_begins_a_record_finds_one_that_exists_after_all() -> None:
    records = FakeRecords[Counter]()
    step(records, TRANSACTION, _count_once, 5, lambda: NOON)
    assert step(records, TRANSACTION, _count_once, 5, lambda: NOON, begins=True) == (EVENT,)
    assert records.kept[TRANSACTION].version == 1


def test_a_step_overtaken_by_another_writer_decides_again() -> None:
    records = FakeRecords[Counter](conflicts=ATTEMPTS - 1)
    step(records, TRANSACTION, _count_once, 1, lambda: NOON)
    assert records.kept[TRANSACTION].count == 1


def test_a_step_overtaken_every_time_gives_up_for_now() -> None:
    with pytest.raises(ConflictError):
        step(FakeRecords[Counter](conflicts=99), TRANSACTION, _count_once, 1, lambda: NOON)
