"""What becomes of a message that died: parked whole, told of where somebody may be told."""

import json
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

import pytest
from events import euros, event, placed
from fakes_shared import NOON, TRANSACTION, FakeBus, FakeClock, FakeRecords
from told import GAVE_UP

from shared.dead_letter_queues import DeadLetterQueues, read_off
from shared.dead_letters import DeadLetter, Hop, Parking, park
from shared.events import Envelope, ProductChanged, SegmentFailed
from shared.ids import event_id

INBOX = "https://sqs.example/1/orderbus-test-payments-inbox-dlq"
PLACED = placed(("A", 1))
OURS = {"error": "MalformedError", "reason": "the message is not JSON", "attempts": "3"}
EVENTBRIDGES = {
    "ERROR_CODE": "NO_PERMISSIONS",
    "ERROR_MESSAGE": "not authorized to send",
    "RULE_ARN": "arn:aws:events:eu-central-1:1:rule/orderbus-test/orderbus-test-payments-inbox",
    "RETRY_ATTEMPTS": "185",
}


def body_of(envelope: Envelope, **more: object) -> str:
    """Answers an event as it lies in a queue."""
    document: dict[str, object] = {
        "id": "11111111-2222-4333-8444-555555555555",
        "source": envelope.source,
        "detail-type": envelope.detail_type,
        "detail": envelope.document,
    }
    return json.dumps(document | more)


def _record(
    body: str, told: dict[str, str] | None = None, *, hop: str = "inbox", name: str = "m-1"
) -> dict[str, Any]:
    return {
        "messageId": name,
        "receiptHandle": f"handle-{name}",
        "eventSourceARN": f"arn:aws:sqs:eu-central-1:1:orderbus-test-payments-{hop}-dlq",
        "attributes": {"ApproximateReceiveCount": "21"},
        "messageAttributes": {
            key: {"stringValue": value, "dataType": "String"} for key, value in (told or {}).items()
        },
        "body": body,
    }


@dataclass
class Reader:
    """The dead-letter reader of payments over records in memory."""

    bus: FakeBus = field(default_factory=FakeBus)
    records: FakeRecords[DeadLetter] = field(
        default_factory=lambda: FakeRecords[DeadLetter](key="dead_letter_id")
    )
    clock: FakeClock = field(default_factory=FakeClock)

    def read(self, *records: dict[str, Any]) -> list[str]:
        """Delivers a batch; answers the messages that stay in the queue."""
        parking = Parking("payments", self.records, self.clock)
        answer = read_off(records, park, DeadLetterQueues(parking, self.bus, INBOX))
        return [item["itemIdentifier"] for item in answer["batchItemFailures"]]

    @property
    def letter(self) -> DeadLetter:
        (letter,) = self.records.kept.values()
        return letter


@pytest.fixture
def reader() -> Reader:
    return Reader()


def test_a_dead_letter_is_parked_whole_and_told_of(reader: Reader) -> None:
    body = body_of(PLACED)
    assert reader.read(_record(body)) == []
    assert reader.letter == DeadLetter(
        version=1,
        dead_letter_id="m-1",
        service="payments",
        hop=Hop.INBOX,
        body=body,
        error="RetriesExhausted",
        reason="received more often than the queue allows; see the logs",
        attempts=20,
        transaction_id=TRANSACTION,
        event_id=PLACED.event_id,
        detail_type="OrderPlaced",
        died_at=NOON,
    )
    (told,) = reader.bus.published
    assert (told.source, told.transaction_id) == ("orderbus.payments", TRANSACTION)
    assert told.data == SegmentFailed(
        failed_event_id=PLACED.event_id,
        failed_detail_type="OrderPlaced",
        error="RetriesExhausted",
        attempts=20,
    )


def test_the_event_of_a_death_has_an_id_derived_from_the_dead_event(reader: Reader) -> None:
    reader.read(_record(body_of(PLACED)), _record(body_of(PLACED), name="m-2"))
    wanted = event_id(PLACED.event_id, "SegmentFailed", "payments")
    assert {e.event_id for e in reader.bus.published} == {wanted}
    assert {e.metadata.causation_id for e in reader.bus.published} == {PLACED.event_id}


def test_a_redelivered_dead_letter_is_parked_once_and_told_of_alike(reader: Reader) -> None:
    reader.read(_record(body_of(PLACED)))
    first = list(reader.bus.published)
    reader.clock.forward(60)
    redelivered = _record(body_of(PLACED))
    redelivered["attributes"]["ApproximateReceiveCount"] = "22"
    assert reader.read(redelivered) == []
    assert reader.letter.died_at == NOON
    assert reader.bus.published == first * 2


def test_a_redelivery_after_the_redrive_leaves_the_redrive_on_record(reader: Reader) -> None:
    reader.read(_record(body_of(PLACED)))
    redriven = reader.letter.model_copy(update={"redriven_at": NOON, "redrives": 1})
    reader.records.save(redriven)
    reader.read(_record(body_of(PLACED)))
    assert reader.letter.redrives == 1


def test_the_entrypoints_own_reason_is_kept(reader: Reader) -> None:
    reader.read(_record("poison", OURS))
    letter = reader.letter
    assert (letter.error, letter.reason, letter.attempts) == (
        "MalformedError",
        "the message is not JSON",
        3,
    )


def test_what_eventbridge_says_of_an_undelivered_event_is_kept(reader: Reader) -> None:
    reader.read(_record(body_of(PLACED), EVENTBRIDGES, hop="rule"))
    letter = reader.letter
    assert (letter.hop, letter.error, letter.attempts) == (Hop.RULE, "NO_PERMISSIONS", 186)
    assert letter.reason == "orderbus-test-payments-inbox: not authorized to send"


@pytest.mark.parametrize("attempts", ["many", ""])
def test_a_count_that_is_none_falls_back_to_the_queues(reader: Reader, attempts: str) -> None:
    reader.read(_record("poison", OURS | {"attempts": attempts}))
    assert reader.letter.attempts == 20


@pytest.mark.parametrize(
    "body", ["poison", "[]", '{"detail": "text"}', '{"detail": {"metadata": 1}}', "[" * 100_000]
)
def test_a_message_that_nobody_can_read_is_only_parked(reader: Reader, body: str) -> None:
    assert reader.read(_record(body, OURS)) == []
    assert (reader.letter.body, reader.letter.transaction_id) == (body, None)
    assert reader.bus.published == []


def test_a_malformed_event_whose_transaction_can_be_read_is_told_of(reader: Reader) -> None:
    body = json.dumps({"detail": {"metadata": {"transaction_id": TRANSACTION}}})
    reader.read(_record(body, OURS))
    (told,) = reader.bus.published
    assert isinstance(told.data, SegmentFailed)
    assert (told.data.failed_event_id, told.data.failed_detail_type) == ("m-1", "unknown")


@pytest.mark.parametrize("odd", ["x" * 300_000, "\ud800", "", 7, None])
def test_a_name_that_is_none_keeps_nothing_from_being_parked_and_told(
    reader: Reader, odd: object
) -> None:
    assert reader.read(_record(body_of(PLACED, **{"detail-type": odd}))) == []
    assert reader.letter.detail_type is None
    assert reader.bus.names() == ["SegmentFailed"]


@pytest.mark.parametrize("odd", ["not-a-uuid", TRANSACTION.upper(), 7])
def test_what_is_no_transaction_id_is_taken_for_none(reader: Reader, odd: object) -> None:
    reader.read(_record(json.dumps({"detail": {"metadata": {"transaction_id": odd}}})))
    assert reader.letter.transaction_id is None
    assert reader.bus.published == []


def test_a_segment_failed_that_dies_itself_is_only_parked(reader: Reader) -> None:
    reader.read(_record(body_of(event("inventory", GAVE_UP))))
    assert reader.letter.detail_type == "SegmentFailed"
    assert reader.bus.published == []


def test_an_event_of_no_transaction_is_only_parked(reader: Reader) -> None:
    changed = event(
        "inventory",
        ProductChanged(sku="A", name="A", unit_price=euros(1), version=1),
        transaction=None,
    )
    reader.read(_record(body_of(changed)))
    assert reader.letter.event_id == changed.event_id
    assert reader.bus.published == []


def test_a_replayed_event_is_parked_and_tells_nobody(reader: Reader) -> None:
    assert reader.read(_record(body_of(PLACED, **{"replay-name": "drill"}))) == []
    assert (reader.letter.replay_name, reader.letter.transaction_id) == ("drill", TRANSACTION)
    assert reader.bus.published == []


def test_a_letter_that_can_not_be_parked_stays_and_holds_up_no_other() -> None:
    class Choosy(FakeRecords[DeadLetter]):
        def save(self, record: DeadLetter) -> None:
            if record.body == "too large":
                raise OSError("refused")
            super().save(record)

    reader = Reader(records=Choosy(key="dead_letter_id"))
    batch = [_record("too large"), _record(body_of(PLACED), name="m-2")]
    assert reader.read(*batch) == ["m-1"]
    assert set(reader.records.kept) == {"m-2"}
    assert reader.bus.names() == ["SegmentFailed"]


def test_a_letter_stays_until_the_bus_has_taken_its_event(reader: Reader) -> None:
    reader.bus.refuse = {"SegmentFailed"}
    assert reader.read(_record(body_of(PLACED)), _record("poison", OURS, name="m-2")) == ["m-1"]
    reader.bus.refuse = set()
    assert reader.read(_record(body_of(PLACED))) == []
    assert set(reader.records.kept) == {"m-1", "m-2"}
    assert reader.bus.names() == ["SegmentFailed"]


def test_an_unreachable_bus_keeps_only_what_it_was_to_be_told_of() -> None:
    class NoBus(FakeBus):
        def publish(self, _envelopes: Iterable[Envelope]) -> None:
            raise ConnectionError

    reader = Reader(bus=NoBus())
    assert reader.read(_record(body_of(PLACED)), _record("poison", OURS, name="m-2")) == ["m-1"]
