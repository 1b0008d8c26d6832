"""The API is tried with generated requests, by the document that it serves itself."""

import json
import os
import subprocess
import sys
from collections import Counter
from pathlib import Path
from urllib.parse import urljoin
from uuid import uuid4

import httpx
import pytest
from api_answers import problem_with
from backstage import Backstage
from shop import Shop, cart, until

pytestmark = pytest.mark.end_to_end

SCHEMATHESIS = Path(sys.executable).with_name("schemathesis")
ANSWERED = {
    "POST /orders 202",
    "POST /orders 400",
    "POST /orders 422",
    "GET /orders/{transaction_id} 200",
    "GET /orders/{transaction_id} 403",
    "GET /orders/{transaction_id}/updates 200",
    "GET /orders/{transaction_id}/updates 422",
    "POST /orders/{transaction_id}/cancel 202",
    "GET /products 200",
    "GET /products 400",
    "GET /operations/sandbox 200",
    "POST /operations/sandbox 200",
    "POST /operations/sandbox 422",
    "POST /payments/webhook 200",
    "POST /payments/webhook 401",
    "POST /payments/webhook 422",
}
"""How far the requests must come: to the inside of every service, and to its refusals."""


def test_the_document_is_served_and_names_the_address_that_it_was_read_from(shop: Shop) -> None:
    answer = shop.http.get("/openapi.json")
    assert answer.status_code == 200
    server = urljoin(str(answer.url), answer.json()["servers"][0]["url"])
    assert httpx.get(f"{server.rstrip('/')}/products", timeout=30).status_code == 200
    known = {"if-none-match": answer.headers["etag"]}
    assert shop.http.get("/openapi.json", headers=known).status_code == 304


Headers = dict[str, str] | list[tuple[str, str]]
CART = json.dumps(cart(("TEA-EARL-GREY", 1))).encode()
ODD: list[tuple[str, str, Headers, bytes | None, int]] = [
    ("POST /orders", "", {"content-type": "text/plain; charset=utf-16"}, CART, 202),
    ("POST /orders", "", {"content-encoding": "gzip"}, CART, 202),
    ("POST /orders", "", [("idempotency-key", "x" * 22)] * 2, CART, 400),
    ("POST /orders", "", {"idempotency-key": "\u00e9" * 22}, CART, 400),
    ("POST /orders", "", {}, CART.decode().encode("utf-16"), 400),
    ("POST /orders", "", {}, CART.replace(b"cust-1", b"\\ud800"), 422),
    ("POST /orders", "", {}, CART.replace(b"1250", b"1e999"), 422),
    ("POST /orders", "", {}, CART.replace(b"1250", b"9" * 5_000), 400),
    ("POST /orders", "", {}, b"[" * 60_000, 400),
    ("GET /orders/{transaction_id}", "/%00", {}, None, 403),
    ("GET /orders/{transaction_id}", "/%ED%A0%80", {}, None, 403),
    ("GET /orders/{transaction_id}", "/a%2Fb", {}, None, 404),
    ("GET /orders/{transaction_id}", "/" + "x" * 3_000, {}, None, 403),
    ("GET /products", "?cursor=%00", {}, None, 400),
    ("GET /products", "?cursor=A&cursor=B", {}, None, 400),
    ("GET /products", "?cursor=%ED%A0%80", {}, None, 400),
    ("POST /payments/webhook", "", {"webhook-signature": "v1,\u00e9"}, b"{}", 401),
]
"""Route, rest of the address, further headers, body, status."""


@pytest.mark.parametrize(("route", "rest", "headers", "body", "status"), ODD)
def test_what_no_generator_thinks_of_is_answered_as_documented_too(
    shop: Shop, route: str, rest: str, headers: Headers, body: bytes | None, status: int
) -> None:
    method, path = route.split(" ")
    sent = httpx.Headers(headers, encoding="latin-1")
    sent.setdefault("idempotency-key", str(uuid4()))
    sent["authorization"] = f"Bearer {shop.checkout(('TEA-EARL-GREY', 1)).token}"
    address = path.removesuffix("/{transaction_id}") + rest
    answer = shop.http.request(method, address, headers=sent, content=body)
    assert answer.status_code == status, answer.text
    found = {"statusCode": status, "headers": dict(answer.headers), "body": answer.text}
    assert problem_with(route, found) is None


def test_every_generated_request_is_answered_as_documented(
    shop: Shop, backstage: Backstage, tmp_path: Path
) -> None:
    # It waits for its shopper, so that it can be cancelled.
    order = shop.checkout(("TEA-EARL-GREY", 1), method="pm_sandbox_action_required")
    document = f"{shop.api_url}/openapi.json"
    server = urljoin(document, shop.http.get(document).json()["servers"][0]["url"])
    tally = tmp_path / "tally"
    environment = {
        "ORDERBUS_FUZZ_TOKEN": order.token,
        "ORDERBUS_FUZZ_TRANSACTION": order.transaction_id,
        "ORDERBUS_FUZZ_WEBHOOK_SECRET": backstage.webhook_secret(),
        "ORDERBUS_FUZZ_TALLY": str(tally),
    }
    done = subprocess.run(
        # Schemathesis resolves a relative server by the host, not by the document's address.
        [SCHEMATHESIS, "--config-file", "api_fuzz.toml", "run", document, "--url", server],
        cwd=Path(__file__).parent,
        env=os.environ | environment,
        capture_output=True,
        text=True,
        check=False,
        timeout=240,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    answered = Counter(tally.read_text().splitlines())
    assert set(answered) >= ANSWERED, answered
    # Odd orders, too, come to rest: no two services answer each other for ever.
    until(backstage.waiting, lambda count: count == 0, within=90, what="at rest")
