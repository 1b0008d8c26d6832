"""Every function of the HTTP API answers as documented, whatever it is sent."""

import base64
import hashlib
import hmac
import json
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest
from api_answers import document, problem_with
from events import confirmed, placed
from fakes_inventory import FakeProducts
from fakes_notifications import FakeJournal, FakeSts
from fakes_orders import KEY, Desk, FakeSignIn
from fakes_shared import NOON, TRANSACTION, FakeBus, FakeClock
from hypothesis import given, settings
from hypothesis import strategies as st
from jsonschema import Draft202012Validator
from till import ACTION, FakeSwitchboard, Till

from documents import serving, wiring
from inventory.domain.product import Product
from inventory.stocking import list_products
from notifications import mqtt, operating, updating
from orders.domain.order import Status
from payments import acting, noticing, switching
from payments.switches import Switchboard
from shared import entrypoint
from shared.errors import ConflictError
from shared.http import Request, Response
from shared.money import Money

SECRET = "whsec_test"
CLAIMS = {"transaction_id": TRANSACTION, "scope": "read cancel"}
BODY: dict[str, Any] = {
    "lines": [{"sku": "A", "quantity": 2}, {"sku": "B", "quantity": 1}],
    "expected_total": {"amount": 300, "currency": "EUR"},
    "payment_method": "pm_1",
}
NOTICE = {"transaction_id": TRANSACTION, "outcome": "succeeded"}
SWITCHES = {"authorize": "outage", "capture": "fail"}


def _desk() -> Desk:
    desk = Desk()
    desk.place()
    return desk


def _shop_with_sign_in() -> Desk:
    desk = Desk()
    desk.sign_in = FakeSignIn()
    return desk


def _products(request: Request) -> Response:
    offer = Product(sku="A", name="A", unit_price=Money(amount=1, currency="EUR"), available=1)
    return list_products(request, FakeProducts({"A": offer}))


def _journal() -> FakeJournal:
    journal = FakeJournal()
    for event in (placed(("A", 1)), confirmed()):
        journal.append(event)
    return journal


def _updates(request: Request) -> Response:
    clock = FakeClock()
    return updating.updates(request, updating.Deps(_journal(), clock, clock.forward))


def _mqtt(request: Request) -> Response:
    broker = mqtt.Broker(
        url="wss://broker.example/mqtt",
        role_arn="arn:aws:iam::123456789012:role/follower",
        arn_prefix="arn:aws:iot:eu-central-1:123456789012",
        stage="dev",
        sts=FakeSts(),
    )
    return mqtt.open_session(request, mqtt.Deps(_journal(), broker, FakeClock()))


def _bank() -> acting.Deps:
    till = Till()
    till.tell(placed(("A", 2), method="pm_sandbox_action_required"))
    return acting.Deps(till.deps, till.sandbox, FakeBus())


def _notice(request: Request) -> Response:
    return noticing.notice(request, noticing.Deps(_bank(), lambda: SECRET, FakeClock()))


def _operate(
    function: Callable[[Request, Switchboard], Response],
) -> Callable[[Request], Response]:
    return lambda request: function(
        replace(request, claims={"scope": "operate"}), FakeSwitchboard()
    )


FUNCTIONS: dict[str, Callable[[Request], Response]] = {
    "POST /orders": lambda request: _shop_with_sign_in().take(request),
    "GET /orders/{transaction_id}": lambda request: _desk().read(request),
    "POST /orders/{transaction_id}/cancel": lambda request: _desk().cancel(request),
    "GET /orders/{transaction_id}/updates": _updates,
    "GET /orders/{transaction_id}/steps": lambda r: updating.every_step(r, _journal()),
    "POST /orders/{transaction_id}/mqtt": _mqtt,
    "GET /operations/orders/{transaction_id}": _operate(
        lambda r, _: operating.story(r, _journal())
    ),
    "GET /products": _products,
    "POST /payments/webhook": _notice,
    "POST /sandbox/actions/{action_id}": lambda request: acting.finish(request, _bank()),
    "GET /operations/sandbox": _operate(switching.show),
    "POST /operations/sandbox": _operate(switching.turn),
    "GET /openapi.json": lambda request: serving.serve(request, wiring.openapi()),
    "GET /asyncapi.json": lambda request: serving.serve(request, wiring.asyncapi()),
    "GET /order-update.schema.json": lambda r: serving.serve(r, wiring.order_update()),
}
every_route = pytest.mark.parametrize("route", FUNCTIONS)


def _call(function: Callable[[Request], Response], event: dict[str, Any]) -> dict[str, Any]:
    handler = entrypoint.http(lambda: None)(lambda request, _deps: function(request))
    return dict(handler(event, None))


def _event(body: object = None, headers: dict[str, str] | None = None) -> dict[str, Any]:
    return {
        "body": json.dumps(body),
        "headers": headers or {},
        "pathParameters": {"transaction_id": TRANSACTION, "action_id": ACTION},
        "requestContext": {"authorizer": {"lambda": CLAIMS}},
    }


def _signed(body: bytes) -> dict[str, str]:
    sent_at = str(int(NOON.timestamp()))
    digest = hmac.new(SECRET.encode(), f"m.{sent_at}.".encode() + body, hashlib.sha256).digest()
    signature = f"v1,{base64.b64encode(digest).decode()}"
    return {"webhook-id": "m", "webhook-timestamp": sent_at, "webhook-signature": signature}


def test_every_documented_route_is_tried_here() -> None:
    documented = {
        f"{method.upper()} {path}" for path, item in document()["paths"].items() for method in item
    }
    assert set(FUNCTIONS) == documented


# All that an event could hold, also what no gateway would let through: lone surrogates, NUL bytes.
ANY_TEXT = st.text(st.characters(exclude_categories=())) | st.sampled_from(["\ud800", "\0"])
ANY_JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | ANY_TEXT,
    lambda parts: st.lists(parts, max_size=3) | st.dictionaries(ANY_TEXT, parts, max_size=3),
    max_leaves=5,
)


@st.composite
def _almost_right(draw: st.DrawFn, right: dict[str, Any]) -> dict[str, Any]:
    """Draws a body of which one part is something else."""
    body = json.loads(json.dumps(right))
    part = body
    while True:
        name = draw(st.sampled_from(sorted(part) if isinstance(part, dict) else range(len(part))))
        if not isinstance(part[name], dict | list) or draw(st.booleans()):
            part[name] = draw(ANY_JSON)
            return dict(body)
        part = part[name]


BODIES = st.one_of(
    _almost_right(BODY).map(json.dumps),
    _almost_right(NOTICE).map(json.dumps),
    _almost_right(SWITCHES).map(json.dumps),
    ANY_JSON.map(json.dumps),
    ANY_TEXT,
    st.sampled_from(
        ["[" * 50_000, "9" * 5_000, json.dumps(BODY), json.dumps(NOTICE), "x" * 70_000]
    ),
)
NAMES = st.sampled_from(
    [
        "Authorization",
        "Idempotency-Key",
        "If-None-Match",
        "webhook-id",
        "webhook-timestamp",
        "webhook-signature",
    ]
)


@st.composite
def _any_event(draw: st.DrawFn) -> dict[str, Any]:
    body: str = draw(BODIES)
    headers = _signed(body.encode(errors="surrogatepass")) | {"idempotency-key": KEY}
    encoded = draw(st.sampled_from([None, False, True]))
    return {
        "body": body,
        "isBase64Encoded": encoded,
        "headers": headers | draw(st.dictionaries(NAMES, ANY_TEXT, max_size=2)),
        "queryStringParameters": draw(
            st.none()
            | st.dictionaries(st.sampled_from(["after", "cursor"]), ANY_TEXT | st.just("1"))
        ),
        "pathParameters": {
            "transaction_id": draw(st.just(TRANSACTION) | ANY_TEXT),
            "action_id": draw(st.just(ACTION) | ANY_TEXT),
        },
        "requestContext": {"authorizer": {"lambda": CLAIMS}},
    }


@every_route
@given(event=_any_event())
@settings(deadline=None)
def test_whatever_is_sent_is_answered_as_documented_and_never_by_a_server_error(
    route: str, event: dict[str, Any]
) -> None:
    answer = _call(FUNCTIONS[route], event)
    assert answer["statusCode"] < 500
    assert problem_with(route, answer) is None
    json.dumps(answer).encode()


@every_route
@pytest.mark.parametrize(
    ("error", "status"), [(ConflictError("others"), 503), (ZeroDivisionError(), 500)]
)
def test_what_goes_wrong_inside_is_documented_too(
    route: str, error: Exception, status: int
) -> None:
    def fail(_request: Request) -> Response:
        raise error

    answer = _call(fail, _event())
    assert answer["statusCode"] == status
    assert problem_with(route, answer) is None


def _after(*changes: Callable[[Desk], object]) -> Callable[[Request], Response]:
    desk = Desk()
    for change in changes:
        change(desk)
    return desk.take


def _reprice(desk: Desk) -> None:
    dear = desk.catalogue.kept["A"].model_copy(
        update={"unit_price": Money(amount=10**11, currency="EUR"), "version": 2}
    )
    desk.catalogue.keep(dear)


def _sell_out(desk: Desk) -> None:
    gone = desk.catalogue.kept["A"].model_copy(update={"available_at_most": 0, "version": 2})
    desk.catalogue.keep(gone)


@pytest.mark.parametrize(
    ("function", "body", "code"),
    [
        (_after(), BODY, None),
        (
            _after(lambda desk: desk.check_out(BODY | {"payment_method": "x"})),
            BODY,
            "idempotency-key-reused",
        ),
        (_after(_sell_out), BODY, "shortage"),
        (_after(_reprice), BODY, "price-changed"),
        (_after(), BODY | {"lines": [{"sku": "C", "quantity": 1}]}, "unknown-sku"),
        (_after(), BODY | {"lines": [{"sku": "A", "quantity": 9_999}] * 2}, "too-many"),
        (_after(), BODY | {"expected_total": {"amount": 1, "currency": "USD"}}, "currency"),
    ],
)
def test_every_way_that_a_checkout_ends_is_documented(
    function: Callable[[Request], Response], body: dict[str, Any], code: str | None
) -> None:
    answer = _call(function, _event(body, {"idempotency-key": KEY}))
    assert json.loads(answer["body"]).get("type") == (code and f"urn:orderbus:problem:{code}")
    assert problem_with("POST /orders", answer) is None


@pytest.mark.parametrize(
    ("token", "body", "code"),
    [
        ("ann-token", BODY, None),
        (None, BODY, None),
        ("stale", BODY, "invalid-token"),
        ("nobody-token", BODY, "sign-in"),
        (None, BODY | {"customer": {"reference": "ann"}}, "sign-in"),
        ("ann-token", BODY | {"customer": {"reference": "bob"}}, "other-customer"),
    ],
)
def test_every_way_that_a_signed_in_checkout_ends_is_documented(
    token: str | None, body: dict[str, Any], code: str | None
) -> None:
    sent = {} if token is None else {"authorization": f"Bearer {token}"}
    answer = _call(_shop_with_sign_in().take, _event(body, {"idempotency-key": KEY} | sent))
    assert json.loads(answer["body"]).get("type") == (code and f"urn:orderbus:problem:{code}")
    assert problem_with("POST /orders", answer) is None


@pytest.mark.parametrize(("status", "answered"), [(Status.PENDING, 202), (Status.CONFIRMED, 409)])
def test_calling_off_in_time_and_too_late_are_documented(status: Status, answered: int) -> None:
    desk = _desk()
    desk.orders.kept[TRANSACTION] = desk.order().model_copy(update={"status": status})
    answer = _call(desk.cancel, _event())
    assert answer["statusCode"] == answered
    assert problem_with("POST /orders/{transaction_id}/cancel", answer) is None


@pytest.mark.parametrize(
    ("route", "scope", "status"),
    [
        ("GET /operations/sandbox", "operate", 200),
        ("GET /operations/sandbox", "read cancel", 403),
        ("POST /operations/sandbox", "operate", 200),
        ("POST /operations/sandbox", "read cancel", 403),
    ],
)
def test_what_operators_and_others_are_answered_is_documented(
    route: str, scope: str, status: int
) -> None:
    function = switching.show if route.startswith("GET") else switching.turn
    request = Request(body=json.dumps(SWITCHES).encode(), claims={"scope": scope})
    answer = _call(lambda _request: function(request, FakeSwitchboard()), _event())
    assert answer["statusCode"] == status
    assert problem_with(route, answer) is None


@pytest.mark.parametrize(
    ("action", "before", "status"),
    [(ACTION, "succeeded", 200), (ACTION, "failed", 409), (ACTION[:-1], "succeeded", 404)],
)
def test_every_way_that_a_visit_to_the_bank_ends_is_documented(
    action: str, before: str, status: int
) -> None:
    deps = _bank()
    acting.settle(TRANSACTION, "failed" if before == "failed" else "succeeded", deps)
    event = _event({"outcome": "succeeded"}) | {"pathParameters": {"action_id": action}}
    answer = _call(lambda request: acting.finish(request, deps), event)
    assert answer["statusCode"] == status
    assert problem_with("POST /sandbox/actions/{action_id}", answer) is None


@pytest.mark.parametrize("method", ["read", "cancel"])
def test_an_order_that_is_not_there_is_documented(method: str) -> None:
    answer = _call(getattr(Desk(), method), _event())
    route = {
        "read": "GET /orders/{transaction_id}",
        "cancel": "POST /orders/{transaction_id}/cancel",
    }
    assert answer["statusCode"] == 404
    assert problem_with(route[method], answer) is None


def _examples() -> list[tuple[str, dict[str, Any], object]]:
    found = []
    for path, item in document()["paths"].items():
        for operation in item.values():
            contents = [operation.get("requestBody", {}).get("content", {})]
            contents += [r.get("content", {}) for r in operation["responses"].values()]
            for content in (c for contained in contents for c in contained.values()):
                values = [example["value"] for example in content.get("examples", {}).values()]
                values += [content["example"]] if "example" in content else []
                found += [(path, content["schema"], value) for value in values]
    return found


def test_every_example_is_valid_by_its_schema() -> None:
    for path, schema, value in _examples():
        whole = {**schema, "components": document()["components"]}
        assert Draft202012Validator(whole).is_valid(value), (path, value)
    assert len(_examples()) >= 10
