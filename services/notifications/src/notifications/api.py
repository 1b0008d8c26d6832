"""notifications' part of the HTTP API, as it is documented."""

from http import HTTPStatus

from notifications.updating import MOST_DIGITS, Update
from shared.api import (
    ETAG,
    IF_NONE_MATCH,
    ORDER_REFUSALS,
    RETRY_AFTER,
    TRACKING_TOKEN,
    TRANSACTION,
    Answer,
    Operation,
    Parameter,
    Part,
    Refusal,
)

_AT = "2026-11-23T12:00:01Z"
_UPDATE: dict[str, object] = {
    "transaction_id": TRANSACTION.example,
    "from_sequence": 0,
    "sequence": 3,
    "status": "PENDING",
    "segments": {
        "inventory": {"state": "reserved", "at": _AT},
        "payments": {"state": "pending"},
    },
    "failures": [],
    "final": False,
}
_HEADERS = (ETAG, RETRY_AFTER)

GET_UPDATES = Operation(
    method="get",
    path="/orders/{transaction_id}/updates",
    name="getUpdates",
    summary="Follow an order",
    description=(
        "Answers where the order and each of its segments stand. Ask again after `Retry-After` "
        "seconds with `If-None-Match`; without `Retry-After` everything is done."
    ),
    parameters=(
        TRANSACTION,
        Parameter(
            "query",
            "after",
            "The sequence number of the last update that you have; 0 or none: you have none.",
            {"type": "string", "pattern": f"^[0-9]{{1,{MOST_DIGITS}}}$"},
        ),
        IF_NONE_MATCH,
    ),
    answers=(
        Answer(HTTPStatus.OK, "The order's view.", Update, _HEADERS, _UPDATE),
        Answer(HTTPStatus.NOT_MODIFIED, "Nothing has happened since.", None, _HEADERS),
    ),
    refusals=(
        *ORDER_REFUSALS,
        Refusal(
            HTTPStatus.UNPROCESSABLE_ENTITY, "invalid-request", "`after` is no sequence number."
        ),
    ),
    security=TRACKING_TOKEN,
)

PART = Part("notifications", "What is new of an order.", (GET_UPDATES,))
