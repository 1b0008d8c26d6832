"""Takes the provider's signed notices: the shopper's action is done, or has failed.

The form is Standard Webhooks (https://www.standardwebhooks.com): headers `webhook-id`,
`webhook-timestamp` and `webhook-signature: v1,<base64 of HMAC-SHA256(id.timestamp.body)>`.
"""

import base64
import hashlib
import hmac
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from http import HTTPStatus
from typing import Literal

from pydantic import BaseModel, ConfigDict

from payments import acting
from shared.clock import Clock
from shared.http import ProblemError, Request, Response
from shared.ids import TransactionId

TOLERANCE = timedelta(minutes=5)


@dataclass(frozen=True)
class Deps:
    """What taking notices needs."""

    acting: acting.Deps
    secret: Callable[[], str]
    now: Clock


class Notice(BaseModel):
    """What the sandbox sends when the shopper is done."""

    model_config = ConfigDict(frozen=True, extra="ignore")

    transaction_id: TransactionId
    outcome: acting.Outcome


class Received(BaseModel):
    """The notice is taken: the provider need not send it again."""

    received: Literal[True] = True


def notice(request: Request, deps: Deps) -> Response:
    """Answers 200 once what the notice leads to is committed and published.

    The notice is a hint: what became of the payment is what the provider's books say. A failure
    to publish is a server error, so that the provider sends the notice again.
    """
    check_signature(request, deps.secret(), deps.now())
    heard = request.parsed(Notice)
    acting.settle(heard.transaction_id, heard.outcome, deps.acting)
    return Response(HTTPStatus.OK, Received().model_dump(mode="json"))


def check_signature(request: Request, secret: str, now: datetime) -> None:
    """Raises a ProblemError (401) unless the provider has signed the request, and lately."""
    headers = request.headers
    sent_at = headers.get("webhook-timestamp", "")
    signed = f"{headers.get('webhook-id', '')}.{sent_at}.".encode() + request.body
    wanted = base64.b64encode(hmac.new(secret.encode(), signed, hashlib.sha256).digest()).decode()
    signatures = [s.removeprefix("v1,") for s in headers.get("webhook-signature", "").split()]
    genuine = any(hmac.compare_digest(wanted.encode(), s.encode()) for s in signatures)
    if not (genuine and _is_recent(sent_at, now)):
        raise ProblemError(
            HTTPStatus.UNAUTHORIZED,
            "signature",
            "The webhook's signature is wrong or older than five minutes.",
        )


def _is_recent(sent_at: str, now: datetime) -> bool:
    if not (sent_at.isascii() and sent_at.isdigit() and len(sent_at) <= len("1700000000")):
        return False
    return abs(now - datetime.fromtimestamp(int(sent_at), UTC)) <= TOLERANCE
