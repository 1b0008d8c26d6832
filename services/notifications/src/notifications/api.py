"""notifications' part of the HTTP API, as it is documented."""

from http import HTTPStatus
from typing import Any

from notifications.domain.update import Update
from notifications.mqtt import Address
from notifications.operating import Story
from notifications.updating import LONGEST_WAIT, MOST_DIGITS, MOST_STEPS, Steps
from shared.api import (
    ETAG,
    IF_NONE_MATCH,
    OPERATOR,
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
UPDATE: dict[str, Any] = {
    "transaction_id": TRANSACTION.example,
    "from_sequence": 2,
    "sequence": 3,
    "status": "PENDING",
    "segments": {
        "inventory": {"state": "reserved", "at": _AT},
        "order": {"state": "placed", "at": "2026-11-23T12:00:00Z"},
        "payments": {"state": "authorized", "at": _AT},
    },
    "failures": [],
    "final": False,
}
_HEADERS = (ETAG, RETRY_AFTER)
_AFTER = Parameter(
    "query",
    "after",
    "The sequence number of the last update that you have; 0 or none: you have none.",
    {"type": "string", "pattern": f"^[0-9]{{1,{MOST_DIGITS}}}$"},
)
_UNKNOWN = Refusal(
    HTTPStatus.NOT_FOUND,
    "unknown-order",
    "Nothing was heard of the order yet, so that nobody knows whose it is. Only for signed-in "
    "shoppers: its token opens an order at once.",
)

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
        _AFTER,
        Parameter(
            "query",
            "wait",
            f"Seconds to wait for something after `after`, at most {LONGEST_WAIT}; 0 or none: "
            "answer at once.",
            {"type": "string", "pattern": "^0{0,7}(1?[0-9]|20)$"},
        ),
        IF_NONE_MATCH,
    ),
    answers=(
        Answer(HTTPStatus.OK, "The order's view.", Update, _HEADERS, UPDATE),
        Answer(HTTPStatus.NOT_MODIFIED, "Nothing has happened since.", None, _HEADERS),
    ),
    refusals=(
        *ORDER_REFUSALS,
        _UNKNOWN,
        Refusal(
            HTTPStatus.UNPROCESSABLE_ENTITY,
            "invalid-request",
            "`after` is no sequence number, or `wait` no number of seconds.",
        ),
    ),
    security=TRACKING_TOKEN,
)

GET_STEPS = Operation(
    method="get",
    path="/orders/{transaction_id}/steps",
    name="getSteps",
    summary="Catch up with an order",
    description=(
        f"Answers an update for each sequence number after `after`, at most {MOST_STEPS}: what a "
        "channel has left out, or a receiver has missed."
    ),
    parameters=(TRANSACTION, _AFTER),
    answers=(
        Answer(
            HTTPStatus.OK,
            "The steps, in order.",
            Steps,
            (),
            {"transaction_id": TRANSACTION.example, "steps": [UPDATE], "more": False},
        ),
    ),
    refusals=(
        *ORDER_REFUSALS,
        _UNKNOWN,
        Refusal(
            HTTPStatus.UNPROCESSABLE_ENTITY, "invalid-request", "`after` is no sequence number."
        ),
    ),
    security=TRACKING_TOKEN,
)

OPEN_MQTT = Operation(
    method="post",
    path="/orders/{transaction_id}/mqtt",
    name="openMqtt",
    summary="Follow an order by MQTT",
    description=(
        "Answers a presigned address for one MQTT session over WebSocket. It can subscribe to the "
        "order's topic, which retains the last update, and nothing else. Whoever has the address "
        "can: keep it secret."
    ),
    parameters=(TRANSACTION,),
    answers=(
        Answer(
            HTTPStatus.CREATED,
            "Where to connect, as whom, until when, and what to subscribe to.",
            Address,
            (),
            {
                "url": "wss://abc-ats.iot.eu-central-1.amazonaws.com/mqtt?X-Amz-Signature=…",
                "topic": f"orderbus/dev/orders/{TRANSACTION.example}",
                "client_id": "orderbus-dev-9f2c0c5b0f0e4a52a1a9d3d7c6f1b2aa",
                "expires_at": "2026-11-23T13:00:00Z",
            },
        ),
    ),
    refusals=(
        *ORDER_REFUSALS,
        Refusal(HTTPStatus.NOT_FOUND, "mqtt-off", "This stage has no MQTT."),
        _UNKNOWN,
    ),
    security=TRACKING_TOKEN,
)

_STORY = {
    "update": UPDATE,
    "events": [
        {
            "transaction_id": TRANSACTION.example,
            "sequence": 1,
            "source": "orderbus.orders",
            "detail_type": "OrderConfirmed",
            "event_id": "3a8f0a0e-7b57-5a0e-9a64-0a8f2e0f5f11",
            "causation_id": "0b5bfb4e-3d0c-5a39-9f0c-2f9f2f7e4f11",
            "occurred_at": _AT,
            "status": "CONFIRMED",
            "data": {"total": {"amount": 2500, "currency": "EUR"}},
        }
    ],
}

GET_STORY = Operation(
    method="get",
    path="/operations/orders/{transaction_id}",
    name="getStory",
    summary="Read everything that led to where an order stands",
    description="For operators: every event of the order, in the order of its arrival.",
    parameters=(TRANSACTION,),
    answers=(Answer(HTTPStatus.OK, "The order's story.", Story, (), _STORY),),
    refusals=(
        Refusal(HTTPStatus.FORBIDDEN, "scope", "The caller is no operator."),
        Refusal(HTTPStatus.NOT_FOUND, "unknown-order", "Nothing was heard of such an order."),
    ),
    security=OPERATOR,
)

PART = Part(
    "notifications",
    "What is new of an order.",
    (GET_UPDATES, GET_STEPS, OPEN_MQTT, GET_STORY),
)
