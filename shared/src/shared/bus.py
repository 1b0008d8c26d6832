"""The event bus as the services see it: publish these events, or say which were refused."""

from collections.abc import Iterable, Iterator, Sequence
from typing import Any, Protocol

from shared import replay
from shared.errors import OversizeError, PublishError
from shared.events import Envelope

BATCH_ENTRIES = 10
BATCH_BYTES = 256 * 1024
"""Limits of one PutEvents call: 10 entries, 256 KB in all.

https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-putevents.html
"""


class Bus(Protocol):
    """Where a service publishes."""

    def publish(self, envelopes: Iterable[Envelope]) -> None:
        """Publishes each distinct event; raises PublishError with those that were refused."""


def entry_size(envelope: Envelope) -> int:
    """Answers the size in bytes that EventBridge counts for the event's entry (time included)."""
    parts = (envelope.source, envelope.detail_type, envelope.detail())
    return 14 + sum(len(part.encode()) for part in parts)


def checked_size(envelope: Envelope) -> int:
    """Answers the entry's size in bytes; raises OversizeError when the bus can't take it."""
    size = entry_size(envelope)
    if size > BATCH_BYTES:
        raise OversizeError(
            f"{envelope.detail_type} {envelope.event_id} has {size} bytes; "
            f"an entry of the bus holds {BATCH_BYTES}"
        )
    return size


class EventBridgeBus:
    """The bus on Amazon EventBridge."""

    def __init__(self, client: Any, bus_name: str) -> None:  # noqa: ANN401 - boto3 client
        self._client = client
        self._bus_name = bus_name

    def publish(self, envelopes: Iterable[Envelope]) -> None:
        """Publishes in as few calls as the limits allow; every entry's result is read."""
        distinct = list({e.event_id: e for e in envelopes}.values())
        if not distinct:
            return
        replay.refuse("publishing")
        refused: dict[str, str] = {}
        for batch in batches(distinct):
            refused.update(self._put(batch))
        if refused:
            raise PublishError(refused)

    def _put(self, batch: Sequence[Envelope]) -> dict[str, str]:
        answer = self._client.put_events(Entries=[self._entry(e) for e in batch])
        return {
            envelope.event_id: result["ErrorCode"]
            for envelope, result in zip(batch, answer["Entries"], strict=True)
            if "ErrorCode" in result
        }

    def _entry(self, envelope: Envelope) -> dict[str, Any]:
        return {
            "EventBusName": self._bus_name,
            "Source": envelope.source,
            "DetailType": envelope.detail_type,
            "Detail": envelope.detail(),
            "Time": envelope.metadata.occurred_at,
        }


def batches(envelopes: Iterable[Envelope]) -> Iterator[list[Envelope]]:
    """Splits events into PutEvents calls; raises OversizeError before any is sent."""
    sized = [(envelope, checked_size(envelope)) for envelope in envelopes]
    batch: list[Envelope] = []
    room = BATCH_BYTES
    for envelope, size in sized:
        if batch and (len(batch) == BATCH_ENTRIES or size > room):
            yield batch
            batch, room = [], BATCH_BYTES
        batch.append(envelope)
        room -= size
    if batch:
        yield batch
