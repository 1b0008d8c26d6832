import json
from typing import Any

import pytest
from fakes_shared import FakeQueue

from shared.errors import RetryLaterError
from shared.inbox import backoff
from shared.own_queues import Bench, work_off_each, work_off_groups


def _record(name: str, body: str, group: str | None = None, attempts: int = 1) -> dict[str, Any]:
    attributes = {"ApproximateReceiveCount": str(attempts)}
    if group is not None:
        attributes["MessageGroupId"] = group
    return {
        "messageId": name,
        "receiptHandle": f"handle-{name}",
        "attributes": attributes,
        "body": json.dumps(body),
    }


POISON = _record("poison", "", "a") | {"body": "no json"}


def _bench(queue: FakeQueue | None = None, **more: Any) -> Bench[str, list[str]]:  # noqa: ANN401 - Bench's own fields
    return Bench([], queue or FakeQueue(), json.loads, **more)


def _failed(answer: dict[str, Any]) -> list[str]:
    return [item["itemIdentifier"] for item in answer["batchItemFailures"]]


def _all_fail(_batch: list[str], _done: list[str]) -> set[str]:
    raise RetryLaterError("not now")


def _crash(_batch: list[str], _done: list[str]) -> set[str]:
    raise ZeroDivisionError


def _each_fails(work: str, done: list[str]) -> None:
    if work == "later":
        raise RetryLaterError("not now")
    if work == "broken":
        raise ZeroDivisionError
    done.append(work)


def _take(batch: list[str], done: list[str]) -> set[str]:
    done.extend(batch)
    return set()


def test_a_batch_is_handed_over_whole_and_in_order() -> None:
    bench = _bench()
    records = [_record("1", "x", "a"), _record("2", "y", "b"), _record("3", "z", "a")]
    assert _failed(work_off_groups(records, _take, bench)) == []
    assert bench.deps == ["x", "y", "z"]


def test_all_messages_of_a_group_that_failed_come_again_and_no_others() -> None:
    queue = FakeQueue()
    records = [_record("1", "x", "a"), _record("2", "y", "b"), _record("3", "z", "a", attempts=3)]
    answer = work_off_groups(records, lambda _batch, _done: {"a"}, _bench(queue))
    assert _failed(answer) == ["1", "3"]
    assert queue.backed_off == {"handle-1": 1, "handle-3": 4}


def test_what_is_no_message_of_the_queue_dies_alone_and_its_group_goes_on() -> None:
    bench = _bench()
    records = [_record("1", "x", "a"), POISON, _record("2", "y", "a")]
    assert _failed(work_off_groups(records, _take, bench)) == ["poison"]
    assert bench.deps == ["x", "y"]


def test_nobody_is_asked_to_work_on_nothing() -> None:
    assert _failed(work_off_groups([POISON], _crash, _bench())) == ["poison"]


@pytest.mark.parametrize("handle", [_all_fail, _crash])
def test_a_batch_that_fails_whole_comes_again_at_the_pace_of_retries(handle: Any) -> None:  # noqa: ANN401 - a handler
    queue = FakeQueue()
    records = [_record("1", "x", "a", attempts=2), _record("2", "y", "b")]
    assert _failed(work_off_groups(records, handle, _bench(queue))) == ["1", "2"]
    assert queue.backed_off == {"handle-1": 2, "handle-2": 1}


def test_a_message_without_a_group_is_a_group_of_its_own() -> None:
    records = [_record("1", "x"), _record("2", "y")]
    assert _failed(work_off_groups(records, lambda _batch, _done: {"1"}, _bench())) == ["1"]


def test_each_message_that_fails_comes_again_by_itself() -> None:
    bench = _bench()
    records = [_record(name, name) for name in ("one", "later", "broken", "two")]
    assert _failed(work_off_each([*records, POISON], _each_fails, bench)) == [
        "later",
        "broken",
        "poison",
    ]
    assert bench.deps == ["one", "two"]


def test_a_queue_sets_its_own_pace_or_keeps_the_inboxes() -> None:
    queue = FakeQueue()
    records = [_record("1", "later", attempts=attempts) for attempts in (1, 3)]
    work_off_each(records[:1], _each_fails, _bench(queue, pause=lambda attempts: 100 * attempts))
    assert queue.backed_off == {"handle-1": 100}
    work_off_each(records[1:], _each_fails, _bench(queue))
    assert queue.backed_off == {"handle-1": backoff(3)}


def test_a_pace_that_can_not_be_set_leaves_the_message_to_the_queues_own() -> None:
    answer = work_off_each([_record("1", "later")], _each_fails, _bench(FakeQueue(broken=True)))
    assert _failed(answer) == ["1"]
