"""A stage with an OIDC issuer: who is signed in, who is not, and keys that change meanwhile."""

import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest
from oidc import Issuer, running_issuer
from shop import Shop, cart, until

from local_stack import LocalStack, running
from local_stack.gateway_port import any_free_port

ORDERBUS = Path(sys.executable).with_name("orderbus")
CART = {name: part for name, part in cart(("MUG-BLUE", 1)).items() if name != "customer"}


@pytest.fixture(scope="module")
def issuer() -> Iterator[Issuer]:
    with running_issuer() as running_one:
        yield running_one


@pytest.fixture(scope="module")
def stack(issuer: Issuer, tmp_path_factory: pytest.TempPathFactory) -> Iterator[LocalStack]:
    state = tmp_path_factory.mktemp("signing-in")
    with running(state, any_free_port(), parameters=issuer.parameters) as running_stack:
        yield running_stack


@pytest.fixture(scope="module")
def shop(stack: LocalStack) -> Iterator[Shop]:
    with Shop(stack.api_url) as open_shop:
        yield open_shop


def _bearer(token: str) -> dict[str, str]:
    return {"authorization": f"Bearer {token}"}


def _read(address: str, token: str) -> int:
    return httpx.get(address, headers=_bearer(token), timeout=30).status_code


def test_a_signed_in_shoppers_order_opens_to_them_and_to_nobody_else(
    shop: Shop, issuer: Issuer
) -> None:
    ann, bob = issuer.token("ann"), issuer.token("bob", scope="orderbus/operate")
    accepted = shop.post(CART, **_bearer(ann))
    assert accepted.status_code == 202, accepted.text
    order = accepted.json()["links"]["self"]
    assert _read(order, ann) == _read(order, accepted.json()["tracking_token"]) == 200
    for token in (bob, issuer.token("ann", expires_in=-1), issuer.token("ann", aud="elsewhere")):
        assert _read(order, token) == 403
    assert httpx.post(f"{order}/cancel", headers=_bearer(bob), timeout=30).status_code == 403


def test_nobody_orders_as_somebody_else(shop: Shop, issuer: Issuer) -> None:
    claiming = CART | {"customer": {"reference": "ann"}}
    stale, other = issuer.token("ann", expires_in=-1), issuer.token("bob")
    for headers, status in (({}, 403), (_bearer(stale), 401), (_bearer(other), 422)):
        assert shop.post(claiming, **headers).status_code == status
    assert shop.post(claiming, **_bearer(issuer.token("ann"))).status_code == 202
    assert shop.post(CART).status_code == 202


def test_keys_that_the_issuer_rotates_in_are_taken(shop: Shop, issuer: Issuer) -> None:
    old = issuer.token("ann")
    assert shop.post(CART, **_bearer(old)).status_code == 202
    issuer.rotate("key-2")

    def signed_in_anew() -> int:
        return shop.post(CART, **_bearer(issuer.token("ann"))).status_code

    until(signed_in_anew, lambda status: status == 202, within=15, what="known")
    assert shop.post(CART, **_bearer(old)).status_code == 202


def test_rotating_the_keys_of_tracking_tokens_logs_nobody_out(
    shop: Shop, stack: LocalStack
) -> None:
    before = shop.post(CART).json()
    assert _read(before["links"]["self"], before["tracking_token"]) == 200
    command = [ORDERBUS, "keys", "rotate", "--stage", "dev", "--state", str(stack.state)]
    subprocess.run(command, check=True, timeout=60)
    for order in (before, shop.post(CART).json()):
        assert _read(order["links"]["self"], order["tracking_token"]) == 200
