from typing import Any

import pytest
from events import confirmed, placed
from fakes_notifications import FakeJournal
from fakes_shared import TRANSACTION
from told import RESERVED

from notifications.operating import happened, story
from shared.http import ProblemError, Request

OPERATOR = {"scope": "read cancel operate"}


def _request(claims: dict[str, str]) -> Request:
    return Request(path={"transaction_id": TRANSACTION}, claims=claims)


def _journal() -> FakeJournal:
    journal = FakeJournal()
    for envelope in (placed(("A", 1)), RESERVED, confirmed()):
        journal.append(envelope)
    return journal


def test_an_operator_reads_every_event_in_the_order_of_its_arrival() -> None:
    answer = story(_request(OPERATOR), _journal()).document
    assert isinstance(answer, dict)
    told = [(e["sequence"], e["source"], e["detail_type"], e["status"]) for e in answer["events"]]
    assert told == [
        (1, "orderbus.orders", "OrderPlaced", "PENDING"),
        (2, "orderbus.inventory", "StockReserved", "PENDING"),
        (3, "orderbus.orders", "OrderConfirmed", "CONFIRMED"),
    ]
    assert answer["events"][0]["data"] == placed(("A", 1)).document["data"]
    assert answer["update"]["sequence"] == 3
    assert answer["update"]["from_sequence"] == 0


def test_an_event_says_what_led_to_it_and_when() -> None:
    entries = _journal().read(TRANSACTION)
    event = happened(entries, 2)
    assert (event.event_id, event.causation_id) == (RESERVED.event_id, "test")
    assert event.occurred_at == RESERVED.metadata.occurred_at
    assert "data" not in event.model_dump()


@pytest.mark.parametrize(
    "claims",
    [
        {},
        {"scope": "read cancel", "transaction_id": TRANSACTION},
        {"scope": "read cancel", "customer": "ann"},
        {"scope": "operator"},
    ],
)
def test_nobody_else_does(claims: dict[str, str]) -> None:
    with pytest.raises(ProblemError) as refused:
        story(_request(claims), _journal())
    assert (refused.value.status, refused.value.code) == (403, "scope")


def test_an_order_that_nothing_was_heard_of_has_no_story() -> None:
    with pytest.raises(ProblemError) as refused:
        story(_request(OPERATOR), FakeJournal())
    assert (refused.value.status, refused.value.code) == (404, "unknown-order")


def test_a_story_is_all_that_was_told_of_it() -> None:
    answer: Any = story(_request(OPERATOR), _journal()).document
    assert set(answer["events"][0]) == {
        "transaction_id",
        "sequence",
        "source",
        "detail_type",
        "event_id",
        "causation_id",
        "occurred_at",
        "status",
        "data",
    }
