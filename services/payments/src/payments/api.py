"""payments' part of the HTTP API, as it is documented."""

from http import HTTPStatus

from payments.noticing import Notice, Received
from shared.api import (
    BODY_REFUSALS,
    TRANSACTION,
    WEBHOOK_SIGNATURE,
    Answer,
    Body,
    Operation,
    Parameter,
    Part,
    Refusal,
)

WEBHOOK = Operation(
    method="post",
    path="/payments/webhook",
    name="receiveNotice",
    summary="Hear from the payment provider",
    description=(
        "For the payment provider alone: says that a shopper has done what the payment needed. "
        "Signed by Standard Webhooks (https://www.standardwebhooks.com)."
    ),
    parameters=(
        Parameter(
            "header",
            "webhook-id",
            "The notice's id: the same when it is sent again.",
            {"type": "string"},
            required=True,
            example="msg_1",
        ),
        Parameter(
            "header",
            "webhook-timestamp",
            "Seconds since 1970 (UTC) when it was sent; older than five minutes is refused.",
            {"type": "string", "pattern": "^[0-9]{1,10}$"},
            required=True,
            example="1795435200",
        ),
    ),
    body=Body(Notice, {"paid": {"transaction_id": TRANSACTION.example, "outcome": "succeeded"}}),
    answers=(
        Answer(
            HTTPStatus.OK,
            "The notice is taken, and everybody is told what it led to.",
            Received,
            (),
            {"received": True},
        ),
    ),
    refusals=(
        *BODY_REFUSALS,
        Refusal(
            HTTPStatus.UNAUTHORIZED, "signature", "The signature is wrong, missing, or too old."
        ),
    ),
    security=WEBHOOK_SIGNATURE,
)

PART = Part("payments", "What the payment provider tells.", (WEBHOOK,))
