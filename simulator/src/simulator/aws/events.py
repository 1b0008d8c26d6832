"""EventBridge: a bus that routes by its rules' patterns, and its archive."""

import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import cached_property
from typing import Any

from simulator.aws.errors import AwsError, UnsupportedError, only
from simulator.aws.patterns import Pattern

LARGEST_ENTRY = 1024 * 1024
MOST_ENTRIES = 10
_NEEDED = ("Source", "DetailType", "Detail")
_MEMBERS = ("EventBusName", "Time", *_NEEDED)


@dataclass(frozen=True)
class Target:
    """Where a rule delivers, and where it puts what it can't."""

    queue_arn: str
    dead_letter_arn: str | None


@dataclass(frozen=True)
class Rule:
    """One rule of a bus."""

    name: str
    arn: str
    pattern: Pattern
    targets: tuple[Target, ...]


@dataclass(frozen=True)
class Event:
    """An event that the bus has accepted."""

    id: str
    source: str
    detail_type: str
    time: str
    detail: str
    at: float
    replay_name: str | None = None

    @cached_property
    def body(self) -> str:
        """The event as its targets get it."""
        return f'{json.dumps(self._head())[:-1]}, "detail": {self.detail}}}'

    @cached_property
    def document(self) -> dict[str, Any]:
        """What `detail` says."""
        return json.loads(self.detail)  # type: ignore[no-any-return]

    def fields(self) -> dict[str, Any]:
        """Answers the event as patterns look at it."""
        return self._head() | {"detail": self.document}

    def _head(self) -> dict[str, Any]:
        head: dict[str, Any] = {
            "version": "0",
            "id": self.id,
            "detail-type": self.detail_type,
            "source": self.source,
            "account": "000000000000",
            "time": self.time,
            "region": "us-east-1",
            "resources": [],
        }
        if self.replay_name is not None:
            head["replay-name"] = self.replay_name
        return head


@dataclass
class EventBus:
    """One bus; `deliver(event, target)` brings an event on its way to a target."""

    name: str
    deliver: Callable[[Event, Target], None]
    rules: list[Rule] = field(default_factory=list)
    archives: list[Pattern] = field(default_factory=list)
    archived: list[Event] = field(default_factory=list)

    def put(self, event: Event) -> None:
        """Accepts an event: archives it and sends it to every target whose rule matches."""
        if any(pattern.matches(event) for pattern in self.archives):
            self.archived.append(event)
        for rule in self.rules:
            if rule.pattern.matches(event):
                for target in rule.targets:
                    self.deliver(event, target)


class EventBridge:
    """The buses of one account."""

    def __init__(self, now: Callable[[], float]) -> None:
        self.buses: dict[str, EventBus] = {}
        self._now = now
        self._accepted = 0

    def put_events(self, parameters: dict[str, Any]) -> dict[str, Any]:
        """PutEvents; an unknown bus swallows events, as it does on AWS."""
        return self.put_entries(parameters, lambda _number: None)

    def put_entries(
        self, parameters: dict[str, Any], refusal: Callable[[int], str | None]
    ) -> dict[str, Any]:
        """PutEvents where `refusal` may answer an error code for an entry."""
        only(parameters, "Entries")
        entries = parameters["Entries"]
        if not 0 < len(entries) <= MOST_ENTRIES:
            raise _invalid(f"{len(entries)} entries")
        if sum(_size(entry) for entry in entries) > LARGEST_ENTRY:
            raise _invalid("Total size of the entries in the request is over the limit.")
        results = [self._accept(entry, refusal(number)) for number, entry in enumerate(entries)]
        failed = sum("ErrorCode" in result for result in results)
        return {"FailedEntryCount": failed, "Entries": results}

    def _accept(self, entry: dict[str, Any], code: str | None) -> dict[str, str]:
        only(entry, *_MEMBERS)
        if not {"EventBusName", "Time"} <= entry.keys():
            raise UnsupportedError("an entry for the default bus, or without a time")
        code = _mistake(entry) or code
        if code is not None:
            return {"ErrorCode": code, "ErrorMessage": "refused"}
        self._accepted += 1
        event = Event(
            id=f"event-{self._accepted:08d}",
            source=entry["Source"],
            detail_type=entry["DetailType"],
            time=_seconds(entry["Time"]),
            detail=entry["Detail"],
            at=self._now(),
        )
        bus = self.buses.get(entry["EventBusName"])
        if bus is not None:
            bus.put(event)
        return {"EventId": event.id}

    def archived(self) -> Iterator[Event]:
        """Answers every event in any archive."""
        for bus in self.buses.values():
            yield from bus.archived


def _invalid(message: str) -> AwsError:
    return AwsError("ValidationException", message)


def _size(entry: dict[str, Any]) -> int:
    return 14 + sum(len(entry.get(name, "").encode()) for name in _NEEDED)


def _mistake(entry: dict[str, Any]) -> str | None:
    """Answers the error code of an entry that can't be an event.

    https://docs.aws.amazon.com/eventbridge/latest/APIReference/API_PutEventsResultEntry.html
    """
    if not all(entry.get(name) for name in _NEEDED):
        return "InvalidArgument"
    if entry["Source"].startswith("aws."):
        return "NotAuthorizedForSourceException"
    try:
        is_object = isinstance(json.loads(entry["Detail"]), dict)
    except ValueError:
        is_object = False
    return None if is_object else "MalformedDetail"


def _seconds(time: datetime | float) -> str:
    """Answers a time as events tell it; over the wire it comes as a number."""
    moment = time if isinstance(time, datetime) else datetime.fromtimestamp(time, UTC)
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
