import json
from typing import Any

import pytest
from fakes_orders import KEY, Desk, FakeSignIn, data_of, shopper

from orders.domain.order import Status
from shared.events import OrderPlaced
from shared.http import ProblemError, Response
from shared.ids import transaction_id

BODY: dict[str, Any] = {
    "lines": [{"sku": "A", "quantity": 1}],
    "expected_total": {"amount": 100, "currency": "EUR"},
    "payment_method": "pm_1",
}
GUEST = transaction_id("guest", KEY)
ANN = transaction_id("customer:ann", KEY)
TOKEN = "Bearer ann-token"


def _claiming(reference: str) -> dict[str, Any]:
    return BODY | {"customer": {"reference": reference}}


@pytest.fixture
def desk() -> Desk:
    desk = Desk()
    desk.sign_in = FakeSignIn()
    return desk


def _refused(desk: Desk, body: dict[str, Any], authorization: str | None) -> ProblemError:
    with pytest.raises(ProblemError) as raised:
        desk.check_out(body, authorization=authorization)
    assert not desk.orders.kept
    return raised.value


def _id(response: Response) -> object:
    document = json.loads(json.dumps(response.document))
    return document["transaction_id"]


@pytest.mark.parametrize("body", [BODY, _claiming("ann")])
def test_a_signed_in_shoppers_order_is_theirs(desk: Desk, body: dict[str, Any]) -> None:
    assert _id(desk.check_out(body, authorization=TOKEN)) == ANN
    assert desk.order(ANN).customer_reference == "ann"
    placed = data_of(desk.bus.published)
    assert isinstance(placed, OrderPlaced)
    assert placed.customer_reference == "ann"


def test_naming_oneself_or_not_is_the_same_checkout(desk: Desk) -> None:
    first = desk.check_out(BODY, authorization=TOKEN)
    assert desk.check_out(_claiming("ann"), authorization=TOKEN) == first
    assert desk.check_out(BODY, authorization="bearer  ann-token") == first
    assert len(desk.orders.kept) == 1


def test_a_customers_key_is_theirs_alone(desk: Desk) -> None:
    answers = [
        _id(desk.check_out(BODY, authorization=token))
        for token in (TOKEN, "Bearer bob-token", None)
    ]
    assert answers == [ANN, transaction_id("customer:bob", KEY), GUEST]


def test_the_same_key_with_another_body_is_refused_to_a_customer_too(desk: Desk) -> None:
    desk.check_out(BODY, authorization=TOKEN)
    with pytest.raises(ProblemError) as raised:
        desk.check_out(BODY | {"payment_method": "pm_2"}, authorization=TOKEN)
    assert raised.value.code == "idempotency-key-reused"


def test_nobody_orders_as_another_customer(desk: Desk) -> None:
    problem = _refused(desk, _claiming("bob"), TOKEN)
    assert (problem.status, problem.code) == (422, "other-customer")
    assert [error.field for error in problem.errors] == ["customer.reference"]


def test_a_guest_claims_no_customer(desk: Desk) -> None:
    problem = _refused(desk, _claiming("ann"), None)
    assert (problem.status, problem.code) == (403, "sign-in")


def test_a_guest_orders_without_one(desk: Desk) -> None:
    assert _id(desk.check_out(BODY | {"customer": {"email": "ann@example.com"}})) == GUEST
    assert desk.order(GUEST).customer_reference is None


def test_a_token_that_names_no_customer_orders_nothing(desk: Desk) -> None:
    problem = _refused(desk, BODY, "Bearer nobody-token")
    assert (problem.status, problem.code) == (403, "sign-in")


@pytest.mark.parametrize(
    ("authorization", "reason"),
    [
        ("Bearer stale", "expired"),
        ("Basic YW5uOnB3", "malformed"),
        ("Bearer", "malformed"),
        ("", "malformed"),
    ],
)
def test_a_token_that_is_no_good_is_named_and_nothing_is_ordered(
    desk: Desk, authorization: str, reason: str
) -> None:
    problem = _refused(desk, BODY, authorization)
    assert (problem.status, problem.code) == (401, "invalid-token")
    response = problem.response()
    assert isinstance(response.document, dict)
    assert response.document["reason"] == reason
    assert response.headers["www-authenticate"].startswith("Bearer")


def test_without_an_issuer_a_checkout_is_taken_at_its_word() -> None:
    desk = Desk()
    for body, authorization in ((_claiming("ann"), None), (_claiming("ann"), "Bearer stale")):
        assert _id(desk.check_out(body, authorization=authorization)) == GUEST
    assert desk.order(GUEST).customer_reference == "ann"


def test_a_shopper_reads_and_calls_off_their_own_orders_alone(desk: Desk) -> None:
    desk.check_out(BODY, authorization=TOKEN)
    for use in (desk.read, desk.cancel):
        with pytest.raises(ProblemError) as raised:
            use(shopper("bob", ANN))
        assert (raised.value.status, raised.value.code) == (403, "other-order")
    assert desk.order(ANN).status is Status.PENDING
    assert desk.read(shopper("ann", ANN)).status == 200
    assert desk.cancel(shopper("ann", ANN)).status == 202


def test_a_guests_order_is_no_signed_in_shoppers(desk: Desk) -> None:
    desk.check_out(BODY)
    for customer in ("ann", "", "None"):
        with pytest.raises(ProblemError) as raised:
            desk.read(shopper(customer, GUEST))
        assert raised.value.status == 403
