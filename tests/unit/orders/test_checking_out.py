from collections.abc import Callable
from http import HTTPStatus
from typing import Any

import pytest
from fakes_orders import API, KEY, SEGMENTS, Desk, data_of, product
from fakes_shared import NOON

from orders.domain.order import Fact, Meaning, Status
from shared.errors import ConflictError
from shared.events import OrderPlaced
from shared.http import ProblemError, Response
from shared.ids import transaction_id

IDENTITY = transaction_id("guest", KEY)
BODY = {
    "customer": {"reference": "c-1", "email": "ann@example.com"},
    "lines": [{"sku": "A", "quantity": 2}, {"sku": "B", "quantity": 1}],
    "expected_total": {"amount": 300, "currency": "EUR"},
    "payment_method": "pm_1",
}


@pytest.fixture
def desk() -> Desk:
    return Desk()


def _refused(desk: Desk, body: dict[str, Any] | None = None, key: str | None = KEY) -> ProblemError:
    with pytest.raises(ProblemError) as raised:
        desk.check_out(body or BODY, key)
    return raised.value


def _field(problem: ProblemError) -> list[str]:
    return [error.field for error in problem.errors]


def test_a_checkout_is_accepted_with_its_token_and_links(desk: Desk) -> None:
    response = desk.check_out(BODY)
    where = f"{API}/orders/{IDENTITY}"
    links = {name: f"{where}/{name}" for name in ("updates", "steps", "mqtt", "cancel")}
    links |= {"self": where, "websocket": "wss://live.example/live"}
    document = {
        "transaction_id": IDENTITY,
        "status": "PENDING",
        "tracking_token": f"{IDENTITY} since {NOON.isoformat()}",
        "links": links,
    }
    assert response == Response(HTTPStatus.ACCEPTED, document, {"location": where})


def test_an_accepted_order_is_committed_and_published(desk: Desk) -> None:
    desk.check_out(BODY)
    order = desk.order(IDENTITY)
    assert (order.status, order.email, order.required_segments) == (
        Status.PENDING,
        "ann@example.com",
        SEGMENTS,
    )
    placed = data_of(desk.bus.published)
    assert isinstance(placed, OrderPlaced)
    assert (placed.lines, placed.total.amount, placed.decide_by) == (
        order.lines,
        300,
        order.deadline,
    )


def test_nobody_else_is_told_the_address(desk: Desk) -> None:
    desk.check_out(BODY)
    assert "ann@example.com" not in desk.bus.published[0].detail()


def test_lines_of_the_same_sku_become_one(desk: Desk) -> None:
    lines = [{"sku": "A", "quantity": 1}, {"sku": "B", "quantity": 1}, {"sku": "A", "quantity": 1}]
    desk.check_out(BODY | {"lines": lines})
    assert [(line.sku, line.quantity) for line in desk.order(IDENTITY).lines] == [
        ("A", 2),
        ("B", 1),
    ]


def _nothing(_desk: Desk) -> None:
    pass


def _other_price(desk: Desk) -> None:
    desk.catalogue.keep(product("A", 999, version=2))


def _sold_out(desk: Desk) -> None:
    desk.catalogue.keep(product("A", version=2, most=0))


def _not_sold_any_more(desk: Desk) -> None:
    del desk.catalogue.kept["A"]


def _decided(desk: Desk) -> None:
    update = {"status": Status.REJECTED}
    desk.orders.save(desk.order(IDENTITY).model_copy(update=update))


since = pytest.mark.parametrize(
    "change", [_nothing, _other_price, _sold_out, _not_sold_any_more, _decided]
)


@since
def test_the_same_key_and_body_get_the_same_answer_whatever_changed_since(
    desk: Desk, change: Callable[[Desk], None]
) -> None:
    first = desk.check_out(BODY)
    change(desk)
    desk.clock.forward(3600)
    assert desk.check_out(BODY) == first
    assert len(desk.orders.kept) == 1
    assert {e.event_id for e in desk.bus.published} == {desk.bus.published[0].event_id}


def test_a_retry_publishes_what_a_checkout_that_died_could_not(desk: Desk) -> None:
    desk.check_out(BODY)
    desk.bus.published.clear()
    desk.check_out(BODY)
    assert desk.bus.names() == ["OrderPlaced"]


def test_a_retry_of_an_order_that_is_being_worked_on_publishes_nothing(desk: Desk) -> None:
    desk.check_out(BODY)
    heard = Fact(segment="inventory", name="StockReserved", meaning=Meaning.TRIED)
    desk.orders.save(desk.order(IDENTITY).model_copy(update={"facts": (heard,)}))
    desk.bus.published.clear()
    desk.check_out(BODY)
    assert desk.bus.published == []


@since
def test_the_same_key_with_another_body_is_refused_whatever_changed_since(
    desk: Desk, change: Callable[[Desk], None]
) -> None:
    desk.check_out(BODY)
    before = desk.order(IDENTITY)
    change(desk)
    problem = _refused(desk, BODY | {"payment_method": "pm_2"})
    assert (problem.status, problem.code) == (422, "idempotency-key-reused")
    assert _field(problem) == ["Idempotency-Key"]
    assert desk.order(IDENTITY).payment_method == before.payment_method


def test_another_key_is_another_order(desk: Desk) -> None:
    desk.check_out(BODY)
    desk.check_out(BODY, "another-key-of-22-chars")
    assert len(desk.orders.kept) == 2


def test_a_put_that_fails_without_an_earlier_order_is_to_be_tried_again(desk: Desk) -> None:
    desk.orders.conflicts = 1
    with pytest.raises(ConflictError):
        desk.check_out(BODY)
    assert desk.bus.published == []
    assert desk.check_out(BODY).status == HTTPStatus.ACCEPTED


def test_an_order_that_could_not_be_published_is_accepted_and_left_to_the_sweep(desk: Desk) -> None:
    desk.bus.refuse = {"OrderPlaced"}
    assert desk.check_out(BODY).status == HTTPStatus.ACCEPTED
    assert desk.bus.published == []
    desk.bus.refuse = set()
    desk.clock.forward(30)
    (repeated,) = desk.sweep()
    assert (repeated.detail_type, repeated.transaction_id) == ("OrderPlaced", IDENTITY)


@pytest.mark.parametrize(
    "key", [None, "", "1", "x" * 21, "x" * 129, "not random enough at all", KEY + "\n", "é" * 22]
)
def test_a_missing_or_weak_key_is_a_bad_request(desk: Desk, key: str | None) -> None:
    problem = _refused(desk, key=key)
    assert (problem.status, problem.code) == (400, "idempotency-key")
    assert _field(problem) == ["Idempotency-Key"]
    assert desk.orders.kept == {}


@pytest.mark.parametrize("key", ["x" * 22, "x" * 128, KEY])
def test_a_key_of_enough_characters_is_taken(desk: Desk, key: str) -> None:
    assert desk.check_out(BODY, key).status == HTTPStatus.ACCEPTED


def test_every_line_of_an_unknown_sku_is_named(desk: Desk) -> None:
    lines = [{"sku": sku, "quantity": 1} for sku in ("C", "A", "C")]
    problem = _refused(desk, BODY | {"lines": lines})
    assert (problem.status, problem.code) == (422, "unknown-sku")
    assert _field(problem) == ["lines.0.sku", "lines.2.sku"]


def test_too_many_pieces_over_several_lines_are_refused(desk: Desk) -> None:
    lines = [{"sku": "A", "quantity": 10_000}, {"sku": "B", "quantity": 1}]
    problem = _refused(desk, BODY | {"lines": [*lines, {"sku": "A", "quantity": 1}]})
    assert (problem.status, problem.code) == (422, "too-many")
    assert _field(problem) == ["lines.0.sku", "lines.2.sku"]


def test_another_currency_is_refused_and_the_right_one_named(desk: Desk) -> None:
    problem = _refused(desk, BODY | {"expected_total": {"amount": 300, "currency": "USD"}})
    assert (problem.status, problem.code) == (422, "currency")
    assert "EUR" in problem.detail


def test_another_total_is_answered_with_the_new_prices(desk: Desk) -> None:
    _other_price(desk)
    problem = _refused(desk)
    assert (problem.status, problem.code) == (409, "price-changed")
    assert problem.members["total"] == {"amount": 2098, "currency": "EUR"}
    assert desk.orders.kept == {}


def test_a_known_shortage_is_answered_with_what_is_there(desk: Desk) -> None:
    desk.catalogue.keep(product("A", version=2, most=1))
    problem = _refused(desk)
    assert (problem.status, problem.code) == (409, "shortage")
    assert problem.members["shortages"] == [{"sku": "A", "requested": 2, "available": 1}]
    assert desk.bus.published == []


def test_a_body_that_breaks_a_rule_is_refused_field_by_field(desk: Desk) -> None:
    problem = _refused(desk, BODY | {"payment_method": "", "coupon": "free"})
    assert (problem.status, problem.code) == (422, "invalid-request")
    assert set(_field(problem)) == {"payment_method", "coupon"}
