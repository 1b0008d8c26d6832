import json
from collections.abc import Iterable
from typing import Any

import pytest
from fakes_shared import NOON, TRANSACTION, FakeBus, FakeQueue

from shared import replay
from shared.errors import RetryLaterError, UnprocessableError
from shared.events import Envelope, OrderConfirmed, StockCommitted, compose
from shared.inbox import Inbox, backoff, work_off
from shared.money import Money

CONSUMES = frozenset({("orders", OrderConfirmed)})


def _confirmed(transaction: str = TRANSACTION) -> dict[str, Any]:
    data = OrderConfirmed(total=Money(amount=1, currency="EUR"))
    event = compose(data, service="orders", transaction_id=transaction, cause="c", now=NOON)
    return {
        "detail-type": event.detail_type,
        "source": event.source,
        "detail": event.document,
    }


def _record(name: str, body: object, attempts: int = 1) -> dict[str, Any]:
    return {
        "messageId": name,
        "receiptHandle": f"handle-{name}",
        "attributes": {"ApproximateReceiveCount": str(attempts)},
        "body": body if isinstance(body, str) else json.dumps(body),
    }


def _committed(envelope: Envelope, _deps: object) -> Iterable[Envelope]:
    yield compose(
        StockCommitted(lines=()),
        service="inventory",
        transaction_id=envelope.transaction_id,
        cause=envelope.event_id,
        now=NOON,
    )


def _failed(answer: dict[str, Any]) -> list[str]:
    return [item["itemIdentifier"] for item in answer["batchItemFailures"]]


def _inbox(bus: FakeBus | None = None, queue: FakeQueue | None = None) -> Inbox[None]:
    return Inbox(deps=None, bus=bus or FakeBus(), queue=queue or FakeQueue(), consumes=CONSUMES)


def test_a_handled_message_is_acknowledged_after_its_events_are_published() -> None:
    inbox = _inbox(bus := FakeBus())
    assert _failed(work_off([_record("1", _confirmed())], _committed, inbox)) == []
    assert bus.names() == ["StockCommitted"]


@pytest.mark.parametrize(
    "poison",
    [
        "no json",
        "[]",
        "{}",
        {"source": "orderbus.orders", "detail-type": "OrderConfirmed", "detail": "x"},
        _confirmed() | {"detail-type": "OrderExploded"},
        _confirmed() | {"detail": {**_confirmed()["detail"], "data": {"total": {"amount": -1}}}},
    ],
)
def test_a_poisoned_message_is_parked_with_its_reason_and_holds_up_no_other(
    poison: object,
) -> None:
    bus, queue = FakeBus(), FakeQueue()
    batch = [_record("1", _confirmed()), _record("2", poison), _record("3", _confirmed())]
    assert _failed(work_off(batch, _committed, _inbox(bus, queue))) == []
    assert [(d["body"], d["error"]) for d in queue.dead] == [(batch[1]["body"], "MalformedError")]
    assert queue.dead[0]["reason"]
    assert bus.names() == ["StockCommitted"]


def test_an_event_that_the_service_does_not_consume_is_parked() -> None:
    queue = FakeQueue()
    event = _confirmed()
    inbox = Inbox(deps=None, bus=FakeBus(), queue=queue, consumes=frozenset())
    assert _failed(work_off([_record("1", event)], _committed, inbox)) == []
    assert [d["error"] for d in queue.dead] == ["UnprocessableError"]


def test_a_reason_does_not_quote_the_message() -> None:
    queue, event = FakeQueue(), _confirmed()
    event["detail"]["data"]["total"] = {"amount": "jane@example.com", "currency": "EUR"}
    work_off([_record("1", event)], _committed, _inbox(queue=queue))
    assert "data" not in queue.dead[0]["reason"]
    assert "jane" not in queue.dead[0]["reason"]


def test_a_message_that_cannot_even_be_parked_is_delivered_again() -> None:
    answer = work_off([_record("1", "no json")], _committed, _inbox(queue=FakeQueue(broken=True)))
    assert _failed(answer) == ["1"]


def test_a_retryable_message_is_delivered_again_with_back_off() -> None:
    def not_yet(_envelope: Envelope, _deps: object) -> Iterable[Envelope]:
        raise RetryLaterError("the provider is down")

    queue = FakeQueue()
    answer = work_off([_record("1", _confirmed(), attempts=4)], not_yet, _inbox(queue=queue))
    assert _failed(answer) == ["1"]
    assert queue.backed_off == {"handle-1": 8}
    assert queue.dead == []


def test_an_unforeseen_error_keeps_the_message() -> None:
    def broken(_envelope: Envelope, _deps: object) -> Iterable[Envelope]:
        raise ZeroDivisionError

    queue = FakeQueue()
    assert _failed(work_off([_record("1", _confirmed())], broken, _inbox(queue=queue))) == ["1"]
    assert queue.backed_off == {"handle-1": 1}


def test_an_unprocessable_message_is_parked_at_once() -> None:
    def impossible(_envelope: Envelope, _deps: object) -> Iterable[Envelope]:
        raise UnprocessableError("confirmed, but never reserved")

    queue = FakeQueue()
    assert _failed(work_off([_record("1", _confirmed())], impossible, _inbox(queue=queue))) == []
    assert queue.dead[0]["reason"] == "confirmed, but never reserved"


def test_only_the_messages_whose_events_the_bus_refused_are_delivered_again() -> None:
    def sometimes(envelope: Envelope, deps: object) -> Iterable[Envelope]:
        return _committed(envelope, deps) if envelope.transaction_id == TRANSACTION else ()

    other = "1b5bfb4e-3d0c-5a39-9f0c-2f9f2f7e4f11"
    batch = [_record("1", _confirmed()), _record("2", _confirmed(other))]
    answer = work_off(batch, sometimes, _inbox(FakeBus(refuse={"StockCommitted"})))
    assert _failed(answer) == ["1"]


def test_an_unreachable_bus_keeps_every_message_that_had_something_to_say() -> None:
    class NoBus:
        def publish(self, _envelopes: Iterable[Envelope]) -> None:
            raise ConnectionError

    inbox = Inbox(deps=None, bus=NoBus(), queue=FakeQueue(), consumes=CONSUMES)
    assert _failed(work_off([_record("1", _confirmed())], _committed, inbox)) == ["1"]


def test_a_failed_back_off_leaves_the_message_to_the_queues_own_pace() -> None:
    def not_yet(_envelope: Envelope, _deps: object) -> Iterable[Envelope]:
        raise RetryLaterError("later")

    inbox = _inbox(queue=FakeQueue(broken=True))
    assert _failed(work_off([_record("1", _confirmed())], not_yet, inbox)) == ["1"]


def test_a_handler_knows_that_its_event_is_replayed() -> None:
    def writing(envelope: Envelope, deps: object) -> Iterable[Envelope]:
        replay.refuse("a write")
        return _committed(envelope, deps)

    queue, bus = FakeQueue(), FakeBus()
    replayed = _confirmed() | {"replay-name": "drill"}
    work_off([_record("1", replayed)], writing, _inbox(bus, queue))
    assert [d["error"] for d in queue.dead] == ["ReplayRefusedError"]
    assert bus.published == []


def test_the_back_off_doubles_up_to_a_minute() -> None:
    assert [backoff(n) for n in (1, 2, 3, 6, 7, 8, 1000)] == [1, 2, 4, 32, 60, 60, 60]
