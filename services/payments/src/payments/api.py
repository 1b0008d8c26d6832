"""payments' part of the HTTP API, as it is documented."""

from http import HTTPStatus

from payments.acting import Act, Acted
from payments.noticing import Notice, Received
from payments.switches import Switches
from shared.api import (
    BODY_REFUSALS,
    OPERATOR,
    OPERATOR_REFUSALS,
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

_AS_ASKED = {"authorize": "as_asked", "capture": "as_asked"}

GET_SANDBOX = Operation(
    method="get",
    path="/operations/sandbox",
    name="getSandbox",
    summary="See what the sandbox provider is switched to",
    description="Only where the stage's payment provider is the sandbox.",
    answers=(Answer(HTTPStatus.OK, "The switches as they stand.", Switches, (), _AS_ASKED),),
    refusals=OPERATOR_REFUSALS,
    security=OPERATOR,
)

SET_SANDBOX = Operation(
    method="post",
    path="/operations/sandbox",
    name="setSandbox",
    summary="Switch the sandbox provider",
    description=(
        "Has the sandbox do the same to all payments, whatever their payment methods ask for; "
        "`as_asked` leaves it to them again. What a payment was answered stays, however the "
        "switches are turned later. Only where the stage's payment provider is the sandbox."
    ),
    body=Body(
        Switches,
        {
            "outage": {"authorize": "outage", "capture": "as_asked"},
            "capturesFail": {"authorize": "approve", "capture": "fail"},
            "asAsked": _AS_ASKED,
        },
    ),
    answers=(Answer(HTTPStatus.OK, "The switches as they were turned.", Switches, (), _AS_ASKED),),
    refusals=(*BODY_REFUSALS, *OPERATOR_REFUSALS),
    security=OPERATOR,
)

FINISH_ACTION = Operation(
    method="post",
    path="/sandbox/actions/{action_id}",
    name="finishAction",
    summary="Confirm or refuse a payment at the sandbox's bank",
    description=(
        "What the shopper does at the address to which a payment with 3-D Secure sends them; it "
        "stands for the bank's own site. Open to whoever knows the action: its id can't be guessed "
        "and is told with the order alone. Only where the stage's payment provider is the sandbox."
    ),
    parameters=(
        Parameter(
            "path",
            "action_id",
            "The action, as it stands at the end of the address.",
            {"type": "string", "pattern": r"^auth_[0-9a-f]{32}\.[A-Za-z0-9_-]{43}$"},
            required=True,
            example="auth_5d41402abc4b2a76b9719d911017c592.KpRsDjCUtGhvS0LHpPYlm8wXbzTqNfEa1uVdZ3iO7Qk",
        ),
    ),
    body=Body(Act, {"confirm": {"outcome": "succeeded"}, "refuse": {"outcome": "failed"}}),
    answers=(
        Answer(
            HTTPStatus.OK,
            "It is done, now or before, and everybody is told what it led to.",
            Acted,
            (),
            {"outcome": "succeeded"},
        ),
    ),
    refusals=(
        *BODY_REFUSALS,
        Refusal(HTTPStatus.NOT_FOUND, "unknown-action", "No such action was ever given out."),
        Refusal(
            HTTPStatus.CONFLICT,
            "action-over",
            "The shopper did the opposite before, or the order was given up meanwhile.",
        ),
    ),
)

PART = Part(
    "payments",
    "What the payment provider tells, its sandbox's bank, and what operators have the sandbox do.",
    (WEBHOOK, FINISH_ACTION, GET_SANDBOX, SET_SANDBOX),
)
