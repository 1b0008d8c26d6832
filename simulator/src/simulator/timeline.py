"""One order's story in a world that was run with its trace on."""

import json
from collections.abc import Iterator
from dataclasses import dataclass

from simulator.running import Outcome

_SECRET = "tracking_token"  # noqa: S105 - the name of a field


@dataclass(frozen=True)
class Line:
    """One thing that happened: when (seconds), who did it, what it was."""

    at: float
    who: str
    what: str


def timeline(outcome: Outcome, transaction_id: str | None, key: str | None = None) -> list[Line]:
    """Answers all that has to do with an order (None: every fault and operator's act)."""
    wanted = [text for text in (transaction_id, key) if text]
    return [
        Line(at, who.removeprefix("orderbus-dev-"), _short(what))
        for at, who, what in outcome.trace or ()
        if (not wanted and who in {"fault", "operator"}) or any(text in what for text in wanted)
    ]


def _short(what: str) -> str:
    """Answers what happened in one line that can be read."""
    operation, _, rest = what.partition(" {")
    document, _, result = rest.rpartition(" -> ")
    text = f"{{{document or rest}"
    try:
        parameters = json.loads(text)
    except ValueError:
        return what[: what.find(_SECRET)] if _SECRET in what else what
    words = " ".join(_words(operation, parameters))
    return f"{operation} {words}" + (f" -> {result}" if document else "")


def _words(operation: str, parameters: dict[str, object]) -> Iterator[str]:
    if operation == "PutEvents":
        entries = parameters["Entries"]
        if isinstance(entries, list):
            yield ", ".join(f"{entry['Source']} {entry['DetailType']}" for entry in entries)
        return
    for name in ("TableName", "IndexName", "QueueUrl", "Name"):
        if name in parameters:
            yield str(parameters[name]).rpartition("/")[2].removeprefix("orderbus-dev-")
    item = parameters.get("Item")
    if isinstance(item, dict) and "document" in item:
        record = json.loads(item["document"]["S"])
        yield f"version {record['version']}"
        if "status" in record:
            yield str(record["status"])
