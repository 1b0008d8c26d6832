from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
from fakes_shared import NOON, TRANSACTION, FakeClock
from oidc import AUDIENCE, Issuer, running_issuer
from published_keys import PublishedKeys

from authorizer.authorizing import authorize
from shared.callers import Callers, signed_in
from shared.errors import RetryLaterError
from shared.identity import Identity
from shared.keys import CachedKeys
from shared.tokens import SigningKey, sign

REFUSED = {"isAuthorized": False}
OPERATIONS = "GET /operations/orders/{id}"


class Gate:
    """The authorizer of a stage, with its keys in memory."""

    def __init__(self, issuer: str = "", *, open_to_loopback: bool = False) -> None:
        self.source, self.clock = PublishedKeys(), FakeClock()
        self.key = self.source.rotate()
        self.identity = Identity(
            issuer=issuer, audience=AUDIENCE, open_to_loopback=open_to_loopback
        )
        keys = CachedKeys(self.source, self.clock)
        self.callers = Callers(keys, signed_in(self.identity, self.clock), self.clock)

    def authorize(self, event: dict[str, Any]) -> dict[str, Any]:
        return authorize(event, self.callers, self.identity)

    def ask(
        self,
        header: str | None,
        route: str = "GET /orders/{transaction_id}",
        source: str = "203.0.113.7",
    ) -> dict[str, Any]:
        headers = {} if header is None else {"Authorization": header}
        context = {"http": {"sourceIp": source}}
        return self.authorize({"routeKey": route, "headers": headers, "requestContext": context})


def _token(key: SigningKey, **options: Any) -> str:  # noqa: ANN401 - sign's own
    return sign(key, TRANSACTION, issued_at=NOON, lifetime=timedelta(days=1), **options)


@pytest.fixture
def gate() -> Gate:
    return Gate()


@pytest.fixture(scope="module")
def issuer() -> Iterator[Issuer]:
    with running_issuer(clock=NOON.timestamp) as running:
        yield running


def test_a_valid_token_tells_the_route_which_order_it_opens(gate: Gate) -> None:
    assert gate.ask(f"Bearer {_token(gate.key)}") == {
        "isAuthorized": True,
        "context": {"transaction_id": TRANSACTION, "scope": "read cancel"},
    }


@pytest.mark.parametrize("name", ["authorization", "Authorization", "AUTHORIZATION"])
@pytest.mark.parametrize("kind", ["Bearer", "bearer", "BEARER"])
def test_neither_the_headers_name_nor_its_kind_depends_on_case(
    gate: Gate, name: str, kind: str
) -> None:
    event = {"headers": {name: f"{kind}  {_token(gate.key)} "}}
    assert gate.authorize(event)["isAuthorized"]


@pytest.mark.parametrize("event", [{}, {"headers": None}, {"headers": {"x": "y"}}])
def test_a_call_without_headers_is_refused(gate: Gate, event: dict[str, object]) -> None:
    assert gate.authorize(event) == REFUSED


def test_a_token_opens_what_it_was_signed_for_and_no_more(gate: Gate) -> None:
    answer = gate.ask(f"Bearer {_token(gate.key, scopes=('read',))}")
    assert answer["context"] == {"transaction_id": TRANSACTION, "scope": "read"}


def test_what_is_no_token_does_not_even_make_us_read_the_keys(gate: Gate) -> None:
    for header in ("", "Basic eDp5", "Bearer x.y.z"):
        gate.ask(header)
    assert gate.source.reads == 0


@pytest.mark.parametrize("header", [None, "", "Bearer", "Bearer ", "Basic eDp5", "Bearer x.y.z"])
def test_anything_else_is_refused(gate: Gate, header: str | None) -> None:
    assert gate.ask(header) == REFUSED


def test_an_expired_token_is_refused(gate: Gate) -> None:
    token = _token(gate.key)
    gate.clock.forward(24 * 3600)
    assert gate.ask(f"Bearer {token}") == REFUSED


def test_a_key_that_nobody_knows_yet_waits_for_the_keys(gate: Gate) -> None:
    gate.source.out_of_reach = True
    with pytest.raises(RetryLaterError):
        gate.ask(f"Bearer {_token(gate.key)}")


def test_the_issuers_token_tells_the_route_whose_orders_it_opens(issuer: Issuer) -> None:
    assert Gate(issuer.url).ask(f"Bearer {issuer.token('ann')}") == {
        "isAuthorized": True,
        "context": {"customer": "ann", "scope": "read cancel"},
    }


def test_the_answer_does_not_depend_on_the_path(issuer: Issuer) -> None:
    # The gateway keeps it by the token alone.
    gate = Gate(issuer.url, open_to_loopback=True)
    routes = ("GET /orders/{transaction_id}", "POST /orders/{transaction_id}/cancel")
    for header in (f"Bearer {_token(gate.key)}", f"Bearer {issuer.token('ann')}", None):
        first, second = (gate.ask(header, route, "127.0.0.1") for route in routes)
        assert first == second


def test_operators_routes_open_to_operators_only(issuer: Issuer) -> None:
    gate = Gate(issuer.url)
    operator = issuer.token("ops", scope="orderbus/operate")
    assert gate.ask(f"Bearer {operator}", OPERATIONS) == {
        "isAuthorized": True,
        "context": {"customer": "ops", "scope": "read cancel operate"},
    }
    for header in (None, f"Bearer {issuer.token('ann')}", f"Bearer {_token(gate.key)}"):
        assert gate.ask(header, OPERATIONS) == REFUSED


@pytest.mark.parametrize("source", ["127.0.0.1", "127.8.8.8", "::1"])
def test_who_calls_from_the_machine_itself_is_an_operator_where_the_stage_says_so(
    source: str,
) -> None:
    opened = Gate(open_to_loopback=True).ask(None, OPERATIONS, source)
    assert opened == {"isAuthorized": True, "context": {"scope": "operate"}}
    assert Gate().ask(None, OPERATIONS, source) == REFUSED


@pytest.mark.parametrize("source", ["", "203.0.113.7", "10.0.0.1", "127.0.0.1, 203.0.113.7"])
def test_nobody_else_is_an_operator_without_a_token(source: str) -> None:
    gate = Gate(open_to_loopback=True)
    assert gate.ask(None, OPERATIONS, source) == REFUSED
    event = {"routeKey": OPERATIONS, "headers": {"x-forwarded-for": "127.0.0.1"}}
    assert gate.authorize(event) == REFUSED
