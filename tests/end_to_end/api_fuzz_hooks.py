"""What a generated request needs to reach the inside: real products, a real order, a signature.

Only what was generated to be valid is touched; what was made wrong on purpose stays wrong.
"""

import base64
import hashlib
import hmac
import os
import time
from pathlib import Path
from typing import Any
from uuid import uuid4

import requests
import schemathesis
from schemathesis.core.parameters import ParameterLocation

PRICES = {"TEA-EARL-GREY": 1250, "MUG-BLUE": 1800}
TRANSACTION = os.environ["ORDERBUS_FUZZ_TRANSACTION"]
SECRET = os.environ["ORDERBUS_FUZZ_WEBHOOK_SECRET"]
TALLY = Path(os.environ["ORDERBUS_FUZZ_TALLY"])


def _is_valid(case: schemathesis.Case, part: ParameterLocation) -> bool:
    component = case.meta.components.get(part) if case.meta else None
    return component is None or not component.mode.is_negative


@schemathesis.hook
def before_call(_context: object, case: schemathesis.Case, kwargs: dict[str, Any]) -> None:
    """Makes the valid parts of a request meet what there is."""
    if "transaction_id" in case.path_parameters and _is_valid(case, ParameterLocation.PATH):
        case.path_parameters["transaction_id"] = TRANSACTION
    if not _is_valid(case, ParameterLocation.HEADER):
        return
    if case.path == "/orders":
        case.headers["Idempotency-Key"] = str(uuid4())
        if _is_valid(case, ParameterLocation.BODY):
            case.body = _stocked(case.body)
    if case.path == "/operations/sandbox" and _is_valid(case, ParameterLocation.BODY):
        # The other tests go on paying as they ask.
        case.body = {"authorize": "as_asked", "capture": "as_asked"}
    if case.path == "/payments/webhook":
        kwargs["auth"] = _signed


@schemathesis.hook
def after_call(_context: object, case: schemathesis.Case, response: Any) -> None:  # noqa: ANN401
    """Notes what was answered, for the test to see how far the requests came."""
    with TALLY.open("a") as tally:
        tally.write(f"{case.method.upper()} {case.path} {response.status_code}\n")


def _stocked(body: dict[str, Any]) -> dict[str, Any]:
    """Answers the cart with products that there are, at their prices."""
    skus = list(PRICES)
    lines = [
        {"sku": skus[len(line["sku"]) % len(skus)], "quantity": 1 + line["quantity"] % 9}
        for line in body["lines"]
    ]
    total = sum(PRICES[line["sku"]] * line["quantity"] for line in lines)
    return body | {"lines": lines, "expected_total": {"amount": total, "currency": "EUR"}}


def _signed(request: requests.PreparedRequest) -> requests.PreparedRequest:
    """Signs a notice as the payment provider does."""
    body = request.body or b""
    identity, sent_at = f"msg_{uuid4().hex}", str(int(time.time()))
    signed = f"{identity}.{sent_at}.".encode() + (body.encode() if isinstance(body, str) else body)
    digest = hmac.new(SECRET.encode(), signed, hashlib.sha256).digest()
    request.headers["webhook-id"], request.headers["webhook-timestamp"] = identity, sent_at
    request.headers["webhook-signature"] = f"v1,{base64.b64encode(digest).decode()}"
    return request
