"""Reading an order and calling it off, by the holder of its token."""

from typing import Any

import pytest
from fakes_orders import Desk, owner
from fakes_shared import TRANSACTION
from told import AUTHORIZED, DECLINED, RESERVED, SHORT, UNCAPTURED

from orders.domain.order import Status
from shared.errors import ConflictError
from shared.http import ProblemError, Request, Response
from shared.stepping import ATTEMPTS

OTHER = "1b5bfb4e-3d0c-5a39-9f0c-2f9f2f7e4f11"


@pytest.fixture
def desk() -> Desk:
    desk = Desk()
    desk.place()
    return desk


def _document(response: Response) -> dict[str, Any]:
    assert isinstance(response.document, dict)
    return response.document


def test_an_order_is_read_as_last_committed(desk: Desk) -> None:
    desk.hear(SHORT, DECLINED)
    response = desk.read(owner())
    document = _document(response)
    assert (response.status, document["status"], document["settled"]) == (200, "REJECTED", True)
    assert [f["code"] for f in document["failures"]] == ["shortage", "card_declined"]
    assert document["lines"][0]["sku"] == "A"


def test_a_reader_learns_neither_the_address_nor_the_payment_method(desk: Desk) -> None:
    text = str(_document(desk.read(owner())))
    assert "ann@example.com" not in text
    assert "pm_" not in text


def test_an_order_that_is_not_there_is_not_found(desk: Desk) -> None:
    with pytest.raises(ProblemError) as raised:
        desk.read(owner(OTHER))
    assert raised.value.status == 404
    with pytest.raises(ProblemError) as raised:
        desk.cancel(owner(OTHER))
    assert raised.value.status == 404


@pytest.mark.parametrize(
    "claims",
    [
        {},
        {"transaction_id": OTHER, "scope": "read cancel"},
        {"transaction_id": TRANSACTION},
        {"transaction_id": TRANSACTION, "scope": "reading cancelling"},
    ],
)
def test_a_token_for_something_else_opens_nothing(desk: Desk, claims: dict[str, str]) -> None:
    request = Request(path={"transaction_id": TRANSACTION}, claims=claims)
    for use in (desk.read, desk.cancel):
        with pytest.raises(ProblemError) as raised:
            use(request)
        assert raised.value.status == 403
    assert desk.order().status is Status.PENDING


def test_a_token_to_read_does_not_cancel(desk: Desk) -> None:
    assert desk.read(owner(scope="read")).status == 200
    with pytest.raises(ProblemError) as raised:
        desk.cancel(owner(scope="read"))
    assert raised.value.code == "scope"


def test_a_pending_order_is_cancelled(desk: Desk) -> None:
    desk.hear(RESERVED)
    response = desk.cancel(owner())
    assert (response.status, _document(response)["status"]) == (202, "CANCELLED")
    assert desk.bus.names() == ["OrderCancelled"]


def test_a_placing_that_may_never_have_got_out_is_published_before_its_cancellation(
    desk: Desk,
) -> None:
    (placed,) = desk.order().history[0].published
    desk.cancel(owner())
    assert desk.bus.names() == ["OrderPlaced", "OrderCancelled"]
    assert desk.bus.published[0] == placed


def test_cancelling_again_answers_and_publishes_the_same(desk: Desk) -> None:
    desk.hear(RESERVED)
    first = desk.cancel(owner())
    desk.clock.forward(60)
    assert desk.cancel(owner()) == first
    assert desk.bus.published[0] == desk.bus.published[1]
    assert desk.order().version == 3


def test_a_confirmed_order_can_not_be_cancelled(desk: Desk) -> None:
    desk.hear(RESERVED, AUTHORIZED)
    with pytest.raises(ProblemError) as raised:
        desk.cancel(owner())
    assert (raised.value.status, raised.value.code) == (409, "too-late")
    assert raised.value.members == {"order_status": "CONFIRMED"}
    assert desk.bus.published == []


def test_a_rejected_order_can_not_be_cancelled(desk: Desk) -> None:
    desk.hear(SHORT, DECLINED)
    with pytest.raises(ProblemError) as raised:
        desk.cancel(owner())
    assert raised.value.members == {"order_status": "REJECTED"}
    assert desk.bus.published == []


def test_an_order_that_a_segment_called_off_counts_as_cancelled(desk: Desk) -> None:
    desk.hear(RESERVED, AUTHORIZED, UNCAPTURED)
    assert _document(desk.cancel(owner()))["status"] == "CANCELLED"
    assert desk.bus.published == []


def test_a_cancellation_that_could_not_be_published_is_left_to_the_sweep(desk: Desk) -> None:
    desk.hear(RESERVED)
    desk.bus.refuse = {"OrderCancelled"}
    assert desk.cancel(owner()).status == 202
    desk.bus.refuse = set()
    desk.clock.forward(30)
    assert [e.detail_type for e in desk.sweep()] == ["OrderCancelled"]


def test_a_verdict_that_is_faster_than_the_cancellation_stands(desk: Desk) -> None:
    desk.hear(RESERVED)
    desk.orders.rivals = [lambda: desk.hear(AUTHORIZED)]
    with pytest.raises(ProblemError) as raised:
        desk.cancel(owner())
    assert raised.value.members == {"order_status": "CONFIRMED"}
    assert desk.bus.published == []


def test_a_cancellation_that_others_overtake_every_time_is_to_be_tried_again(desk: Desk) -> None:
    desk.orders.conflicts = ATTEMPTS
    with pytest.raises(ConflictError):
        desk.cancel(owner())
    assert desk.order().status is Status.PENDING
