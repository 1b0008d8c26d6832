"""What an engineer on call finds in the logs of one order, and what must not be in them."""

import json
import time
from typing import Any

import pytest
from project import SERVICES
from shop import Shop, cart, until

from local_stack import LocalStack

pytestmark = pytest.mark.end_to_end

ADDRESS = "jane.doe@example.com"


def _lines(stack: LocalStack, since: float = 0) -> dict[str, list[str]]:
    """Answers what each function has logged since a moment (Unix time), by its name."""
    logs = stack.aws.client("logs")
    groups = logs.describe_log_groups(logGroupNamePrefix="/aws/lambda/orderbus-dev")["logGroups"]
    lines: dict[str, list[str]] = {}
    for group in groups:
        name = group["logGroupName"]
        pages = logs.get_paginator("filter_log_events").paginate(
            logGroupName=name, startTime=int(since * 1000)
        )
        messages = [event["message"] for page in pages for event in page["events"]]
        lines[name] = [line for message in messages for line in message.splitlines()]
    return lines


def _about(lines: dict[str, list[str]], transaction: str) -> dict[str, list[dict[str, Any]]]:
    found: dict[str, list[dict[str, Any]]] = {}
    for line in (line for own in lines.values() for line in own if line.startswith('{"level"')):
        document = json.loads(line)
        if document.get("transaction_id") == transaction:
            found.setdefault(document["service"], []).append(document)
    return found


def test_every_service_logs_its_part_of_an_order_and_nobody_logs_who_ordered(
    shop: Shop, stack: LocalStack
) -> None:
    body, since = cart(("TEA-EARL-GREY", 1)) | {"customer": {"email": ADDRESS}}, time.time()
    answer = shop.post(body).json()
    transaction = answer["transaction_id"]
    found = until(
        lambda: _about(_lines(stack, since), transaction),
        lambda about: len(about.get("notifications", [])) >= 6,
        within=90,
        what="logged",
    )
    assert set(found) == set(SERVICES)
    assert {line["message"] for line in found["inventory"]} >= {"handled"}
    text = "\n".join(line for own in _lines(stack, since).values() for line in own)
    assert ADDRESS not in text
    assert answer["tracking_token"] not in text
    assert "PRIVATE KEY" not in text


def test_every_invocation_writes_one_line_of_metrics(shop: Shop, stack: LocalStack) -> None:
    since = time.time()  # a worker that another test ended at work wrote none
    order = shop.checkout(("TEA-EARL-GREY", 1))
    order.updates()
    order.settled()
    written = _lines(stack, since)
    assert sum(bool(lines) for lines in written.values()) >= len(SERVICES)
    for name, lines in written.items():
        ended = sum(line.startswith("END RequestId") for line in lines)
        metrics = sum(line.startswith('{"_aws"') for line in lines)
        # A function may be at work just now: its line of metrics comes before its end.
        assert ended <= metrics <= ended + 2, name
