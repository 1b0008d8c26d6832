"""The Python client says and reads what the documents of the API and of the channels say."""

import json
from typing import Any

import pytest
from channel_messages import document as channels
from channel_messages import problem_with
from fake_order import STORY, FakeOrder

from orderbus import openapi
from orderbus_client import documents, frames

API = openapi.document()["components"]["schemas"]
TOLD = channels()["components"]["schemas"]
TYPES = [
    (documents.Update, API["Update"]),
    (documents.Update, TOLD["Update"]),
    (documents.Segment, TOLD["Segment"]),
    (documents.Failure, TOLD["ViewFailure"]),
    (documents.Action, TOLD["Action"]),
    (documents.Shortage, TOLD["Shortage"]),
    (documents.Money, TOLD["Money"]),
    (documents.ProductUpdate, TOLD["Product"]),
    (documents.OperationEvent, TOLD["Happened"]),
    (documents.Product, API["Offer"]),
    (documents.Order, API["Representation"]),
    (documents.PricedLine, API["OrderLine"]),
    (documents.OrderFailure, API["Failure"]),
    (documents.Cart, API["Checkout"]),
    (documents.Line, API["Line"]),
    (documents.Customer, API["Customer"]),
]
ORDER = ("transaction_id", "6f1ed002-ab55-5b1e-9b32-5b2b4a1f4a11")
PRODUCT = ("product", "SOLD-OUT")
SAID = {
    "subscribeOrder": frames.subscribe(ORDER, {"token": "e30.e30.c2ln", "after": 3}),
    "subscribeProduct": frames.subscribe(PRODUCT, {}),
    "subscribeOperations": frames.subscribe(frames.OPERATIONS, {}),
    "unsubscribeOrder": frames.unsubscribe(ORDER),
    "unsubscribeProduct": frames.unsubscribe(PRODUCT),
    "ping": frames.PING,
}
EXAMPLES = [
    pytest.param(example["payload"], id=f"{name}.{example['name']}")
    for name in ("update", "changed", "product", "subscribed", "events", "unsubscribed", "error")
    for example in channels()["components"]["messages"][name]["examples"]
    if example["name"] != "misunderstood"  # is about nothing that anybody follows
]


@pytest.mark.parametrize(("ours", "theirs"), TYPES)
def test_a_typed_document_has_the_fields_of_the_schema(ours: Any, theirs: dict[str, Any]) -> None:  # noqa: ANN401
    assert set(ours.__annotations__) == set(theirs["properties"])
    assert ours.__required_keys__ == set(theirs.get("required", []))


@pytest.mark.parametrize("name", SAID)
def test_what_is_said_is_a_message_of_the_channel(name: str) -> None:
    assert problem_with(name, json.loads(SAID[name])) is None


@pytest.mark.parametrize("example", EXAMPLES)
def test_what_is_told_is_taken_for_what_it_is_about(example: dict[str, Any]) -> None:
    frame = frames.read(json.dumps(example))
    assert frame is not None
    assert frame.type == example["type"]
    inner = example.get("update") or example
    product = example.get("product", {})
    sku = product["sku"] if isinstance(product, dict) and product else product
    named = inner.get("transaction_id") or sku or ""
    assert frame.topic[1] == named


def test_what_is_about_nothing_is_passed_over() -> None:
    for message in ("{", "[]", '"text"', '{"type": "pong"}', '{"type": "update", "update": {}}'):
        assert frames.read(message) is None


@pytest.mark.parametrize("sequence", range(len(STORY) + 1))
def test_the_shop_that_the_clients_tests_run_on_tells_updates(sequence: int) -> None:
    order = FakeOrder(ORDER[1], "token")
    order.advance(sequence)
    frame = {"type": "update", "update": order.at(sequence, 0)}
    assert problem_with("update", frame) is None
