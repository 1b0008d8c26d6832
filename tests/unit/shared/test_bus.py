from typing import Any

import pytest
from fakes_shared import NOON, TRANSACTION

from shared import replay
from shared.bus import BATCH_BYTES, BATCH_ENTRIES, EventBridgeBus, batches, entry_size
from shared.errors import OversizeError, PublishError, ReplayRefusedError
from shared.events import Envelope, PaymentDeclined, compose


class Client:
    """EventBridge as far as the bus uses it."""

    def __init__(self, refuse: set[str] | None = None) -> None:
        self.calls: list[list[dict[str, Any]]] = []
        self.refuse = refuse or set()

    def put_events(self, *, Entries: list[dict[str, Any]]) -> dict[str, Any]:  # noqa: N803
        self.calls.append(Entries)
        results = [
            {"ErrorCode": "ThrottlingException"}
            if any(identity in entry["Detail"] for identity in self.refuse)
            else {"EventId": "1"}
            for entry in Entries
        ]
        failed = sum("ErrorCode" in result for result in results)
        return {"FailedEntryCount": failed, "Entries": results}


def _declined(subject: str, message: str = "no") -> Envelope:
    data = PaymentDeclined(code="card_declined", message=message)
    return compose(
        data, service="payments", transaction_id=TRANSACTION, cause="c", now=NOON, subject=subject
    )


def test_no_call_holds_more_entries_than_the_bus_takes() -> None:
    client = Client()
    EventBridgeBus(client, "bus").publish(_declined(str(n)) for n in range(23))
    assert [len(call) for call in client.calls] == [10, 10, 3]
    assert BATCH_ENTRIES == 10


def test_no_call_holds_more_bytes_than_the_bus_takes() -> None:
    big = [_declined(str(n), "x" * 100_000) for n in range(5)]
    split = list(batches(big))
    assert [len(batch) for batch in split] == [2, 2, 1]
    assert all(sum(map(entry_size, batch)) <= BATCH_BYTES for batch in split)


def test_an_oversize_event_is_refused_before_anything_is_sent() -> None:
    client = Client()
    with pytest.raises(OversizeError, match="PaymentDeclined"):
        EventBridgeBus(client, "bus").publish([_declined("1"), _declined("2", "x" * 300_000)])
    assert client.calls == []


def test_the_size_of_an_entry_counts_bytes_not_characters() -> None:
    assert entry_size(_declined("1", "é")) > entry_size(_declined("1", "e"))


def test_every_entrys_result_is_read() -> None:
    fine, bad = _declined("fine"), _declined("bad")
    bus = EventBridgeBus(Client(refuse={bad.event_id}), "bus")
    with pytest.raises(PublishError) as refused:
        bus.publish([fine, bad])
    assert refused.value.refused == {bad.event_id: "ThrottlingException"}


def test_the_later_batches_are_sent_although_an_earlier_one_was_refused_in_part() -> None:
    events = [_declined(str(n)) for n in range(12)]
    client = Client(refuse={events[0].event_id})
    with pytest.raises(PublishError):
        EventBridgeBus(client, "bus").publish(events)
    assert sum(len(call) for call in client.calls) == 12


def test_the_same_event_twice_in_one_publication_is_sent_once() -> None:
    client = Client()
    EventBridgeBus(client, "bus").publish([_declined("1"), _declined("1")])
    assert [len(call) for call in client.calls] == [1]


def test_nothing_to_publish_makes_no_call() -> None:
    client = Client()
    EventBridgeBus(client, "bus").publish([])
    assert client.calls == []


def test_an_entry_carries_source_name_bus_and_detail() -> None:
    client, event = Client(), _declined("1")
    EventBridgeBus(client, "orderbus-dev").publish([event])
    (entry,) = client.calls[0]
    assert entry == {
        "EventBusName": "orderbus-dev",
        "Source": "orderbus.payments",
        "DetailType": "PaymentDeclined",
        "Detail": event.detail(),
        "Time": NOON,
    }


def test_nothing_is_published_on_behalf_of_a_replayed_event() -> None:
    client = Client()
    with replay.handling("drill"), pytest.raises(ReplayRefusedError, match="drill"):
        EventBridgeBus(client, "bus").publish([_declined("1")])
    assert client.calls == []
