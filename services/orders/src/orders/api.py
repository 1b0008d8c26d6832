"""orders' part of the HTTP API, as it is documented."""

from http import HTTPStatus
from typing import Any, Literal

from orders.checking_out import KEY_HEADER, STRONG_KEY
from orders.domain.checkout import Checkout
from orders.domain.order import Status
from orders.representing import Accepted, Addresses, Representation, links
from shared.api import (
    BODY_REFUSALS,
    ORDER_REFUSALS,
    TRACKING_TOKEN,
    TRANSACTION,
    Answer,
    Body,
    Header,
    Operation,
    Parameter,
    Part,
    Problem,
    Refusal,
)
from shared.events import OrderLine, Shortage
from shared.money import Money


class PriceChanged(Problem):
    """The total that was sent is not the total at the prices of now."""

    total: Money
    lines: tuple[OrderLine, ...]


class KnownShortage(Problem):
    """Less is in stock than was asked for."""

    shortages: tuple[Shortage, ...]


class InvalidToken(Problem):
    """The token that came with the checkout is no good."""

    reason: Literal["expired", "altered", "unknown_key", "malformed"]


class TooLate(Problem):
    """The order is decided."""

    order_status: Status


def _cart(method: str) -> dict[str, Any]:
    return {
        "customer": {"reference": "cust-1"},
        "lines": [{"sku": "TEA-EARL-GREY", "quantity": 2}],
        "expected_total": {"amount": 2500, "currency": "EUR"},
        "payment_method": method,
    }


_ID = str(TRANSACTION.example)
_LINKS = links(Addresses("https://api.example", "wss://live.example/live"), _ID).model_dump()
_ACCEPTED = {
    "transaction_id": _ID,
    "status": "PENDING",
    "tracking_token": "eyJhbGciOiJFZERTQSIsImtpZCI6IjEifQ.e30.c2lnbmF0dXJl",
    "links": _LINKS,
}
_ORDER = {
    "transaction_id": _ID,
    "status": "CONFIRMED",
    "settled": True,
    "lines": [
        {
            "sku": "TEA-EARL-GREY",
            "quantity": 2,
            "unit_price": {"amount": 1250, "currency": "EUR"},
        }
    ],
    "total": {"amount": 2500, "currency": "EUR"},
    "placed_at": "2026-11-23T12:00:00Z",
    "failures": [],
    "links": _LINKS,
}

CHECKOUT = Operation(
    method="post",
    path="/orders",
    name="checkout",
    summary="Place an order",
    description=(
        "Answers as soon as the order is committed, before stock and payment are tried; follow it "
        "by the links. The same `Idempotency-Key` with the same body gets the same answer, for "
        "good: try again after whatever went wrong on the way.\n\nWhere the stage names an OpenID "
        "Connect issuer, its JWT as a bearer token makes the order the shopper's own: the order's "
        "`customer.reference` is theirs, and only they can claim it.\n\nA sandbox stage takes the "
        "payment methods `pm_sandbox_approve`, `pm_sandbox_decline`, `pm_sandbox_slow` (35 s), "
        "`pm_sandbox_outage` (20 s), `pm_sandbox_capture_fail` and `pm_sandbox_action_required`."
    ),
    parameters=(
        Parameter(
            "header",
            KEY_HEADER,
            "A random UUID (or 22 to 128 characters of base64url), the same one for every try of "
            "this order. Whoever knows it and the body gets the order's token: keep it secret.",
            {"type": "string", "pattern": f"^{STRONG_KEY.pattern}$"},
            required=True,
            example="1f2e3d4c-5b6a-4789-8abc-def012345678",
        ),
    ),
    sign_in=True,
    body=Body(
        Checkout,
        {
            "approved": _cart("pm_sandbox_approve"),
            "declined": _cart("pm_sandbox_decline"),
            "needs 3-D Secure": _cart("pm_sandbox_action_required"),
        },
    ),
    answers=(
        Answer(
            HTTPStatus.ACCEPTED,
            "The order is kept, and everybody will be told.",
            Accepted,
            (Header("Location", "Where the order is read.", {"type": "string", "format": "uri"}),),
            _ACCEPTED,
        ),
    ),
    refusals=(
        *BODY_REFUSALS,
        Refusal(
            HTTPStatus.BAD_REQUEST, "idempotency-key", "There is no key, or one that is guessable."
        ),
        Refusal(
            HTTPStatus.UNPROCESSABLE_ENTITY,
            "idempotency-key-reused",
            "The key was used for another body.",
        ),
        Refusal(
            HTTPStatus.UNAUTHORIZED,
            "invalid-token",
            "There is a token, and it is no good; `reason` says why.",
            InvalidToken,
        ),
        Refusal(
            HTTPStatus.FORBIDDEN,
            "sign-in",
            "A customer is claimed without the token of one, or the token is no customer's.",
        ),
        Refusal(
            HTTPStatus.UNPROCESSABLE_ENTITY,
            "other-customer",
            "The customer reference is not that of the token.",
        ),
        Refusal(HTTPStatus.UNPROCESSABLE_ENTITY, "unknown-sku", "A line names no product."),
        Refusal(
            HTTPStatus.UNPROCESSABLE_ENTITY,
            "too-many",
            "A product's lines together, or the total, exceed what one order may hold.",
        ),
        Refusal(HTTPStatus.UNPROCESSABLE_ENTITY, "currency", "The products have another currency."),
        Refusal(
            HTTPStatus.CONFLICT,
            "price-changed",
            "The total is another one by now; `total` and `lines` tell the prices.",
            PriceChanged,
        ),
        Refusal(
            HTTPStatus.CONFLICT,
            "shortage",
            "Not enough in stock; `shortages` tells of what.",
            KnownShortage,
        ),
    ),
)

GET_ORDER = Operation(
    method="get",
    path="/orders/{transaction_id}",
    name="getOrder",
    summary="Read an order",
    description="Answers the order as last committed.",
    parameters=(TRANSACTION,),
    answers=(Answer(HTTPStatus.OK, "The order.", Representation, (), _ORDER),),
    refusals=(
        *ORDER_REFUSALS,
        Refusal(HTTPStatus.NOT_FOUND, "no-such-order", "There is no such order."),
    ),
    security=TRACKING_TOKEN,
)

CANCEL_ORDER = Operation(
    method="post",
    path="/orders/{transaction_id}/cancel",
    name="cancelOrder",
    summary="Call an order off",
    description="Possible until the order is decided; calling off twice is the same as once.",
    parameters=(TRANSACTION,),
    answers=(
        Answer(
            HTTPStatus.ACCEPTED,
            "The order is cancelled; what is held for it is given back.",
            Representation,
            (),
            _ORDER | {"status": "CANCELLED", "settled": False},
        ),
    ),
    refusals=(
        *ORDER_REFUSALS,
        Refusal(HTTPStatus.NOT_FOUND, "no-such-order", "There is no such order."),
        Refusal(
            HTTPStatus.CONFLICT, "too-late", "It is decided; `order_status` says how.", TooLate
        ),
    ),
    security=TRACKING_TOKEN,
)

PART = Part("orders", "Checkout and the order.", (CHECKOUT, GET_ORDER, CANCEL_ORDER))
