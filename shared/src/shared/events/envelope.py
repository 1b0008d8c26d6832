"""The envelope that every event travels in, and its form on EventBridge."""

import json
from datetime import datetime
from functools import cached_property
from typing import Annotated, Any, ClassVar

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field, SerializeAsAny

from shared.ids import EventId, TransactionId, event_id, traceparent

SOURCE_PREFIX = "orderbus."

Source = Annotated[str, Field(pattern=r"^orderbus\.[a-z]+$")]


class Contract(BaseModel):
    """A frozen value of a contract; fields that this version doesn't know are ignored."""

    model_config = ConfigDict(frozen=True, extra="ignore")


class EventData(Contract):
    """What one kind of event tells; its class name is its name (EventBridge detail-type)."""

    SCHEMA_VERSION: ClassVar[int] = 1

    @classmethod
    def detail_type(cls) -> str:
        """Answers the event's name on the bus."""
        return cls.__name__


class Metadata(Contract):
    """What every event says about itself."""

    event_id: EventId
    transaction_id: TransactionId | None
    """None only for facts that belong to no order (ProductChanged)."""
    causation_id: str
    """The event or command that led to this one."""
    occurred_at: AwareDatetime
    schema_version: int = 1
    traceparent: str


class Envelope(Contract):
    """One event, as published by the service `source` (`orderbus.<service>`)."""

    source: Source
    metadata: Metadata
    data: SerializeAsAny[EventData]

    @property
    def event_id(self) -> EventId:
        """The event's own id."""
        return self.metadata.event_id

    @property
    def transaction_id(self) -> TransactionId:
        """The order that the event belongs to; asking an event of no order is a mistake."""
        if self.metadata.transaction_id is None:
            raise ValueError(f"{self.detail_type} belongs to no transaction")
        return self.metadata.transaction_id

    @property
    def detail_type(self) -> str:
        """The event's name on the bus."""
        return self.data.detail_type()

    @property
    def service(self) -> str:
        """The service that published the event."""
        return self.source.removeprefix(SOURCE_PREFIX)

    def detail(self) -> str:
        """Answers the event's `detail` as EventBridge carries it: compact JSON."""
        return json.dumps(self.document, separators=(",", ":"))

    @cached_property
    def document(self) -> dict[str, Any]:
        """The event's `detail` as a JSON document: published and recorded, made once."""
        return {
            "metadata": self.metadata.model_dump(mode="json"),
            "data": self.data.model_dump(mode="json"),
        }


def compose(
    data: EventData,
    *,
    service: str,
    transaction_id: TransactionId | None,
    cause: str,
    now: datetime,
    subject: str = "",
) -> Envelope:
    """Answers the event that `cause` leads to: same cause and subject, same event id."""
    identity = event_id(cause, data.detail_type(), subject or service)
    return Envelope(
        source=SOURCE_PREFIX + service,
        metadata=Metadata(
            event_id=identity,
            transaction_id=transaction_id,
            causation_id=cause,
            occurred_at=now,
            schema_version=data.SCHEMA_VERSION,
            traceparent=traceparent(transaction_id or identity, identity),
        ),
        data=data,
    )
