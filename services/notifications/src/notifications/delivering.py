"""Delivers webhooks: signed, retried for a day and more, each receiver by itself.

The form is Standard Webhooks
(https://github.com/standard-webhooks/standard-webhooks/blob/main/spec/standard-webhooks.md).
"""

import base64
import hashlib
import hmac
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from http import HTTPStatus
from typing import Protocol

from notifications.ports import Document
from notifications.receivers import Delivery, Receiver, Receivers
from shared import replay
from shared.clock import Clock
from shared.errors import RetryLaterError
from shared.observability import count, logger

MINUTE, HOUR = 60, 3600
PAUSES = (
    5,
    30,
    2 * MINUTE,
    10 * MINUTE,
    30 * MINUTE,
    HOUR,
    2 * HOUR,
    4 * HOUR,
    8 * HOUR,
    # A message is hidden for twelve hours at most, counted from its receipt.
    11 * HOUR,
)
"""Seconds after each failed attempt but the last, which the queue's maxReceiveCount sets."""
SECRET_PREFIX = "whsec_"  # noqa: S105 - how a secret begins


class Post(Protocol):
    """Sends one request over HTTP."""

    def __call__(self, url: str, body: bytes, headers: Mapping[str, str]) -> int:
        """Answers the status; raises RetryLaterError when there was no answer."""


@dataclass(frozen=True)
class Deps:
    """What delivering needs."""

    receivers: Receivers
    newest_receivers: Receivers
    """Those who are configured at this moment: whoever queued a delivery may know more than we."""
    post: Post
    now: Clock


def deliver(delivery: Delivery, deps: Deps) -> None:
    """Returns when the receiver has taken it, wants no more of it, or is no receiver any more.

    Raises RetryLaterError for whatever another attempt may mend.
    """
    replay.refuse("a webhook")
    receiver = _named(delivery, deps.receivers()) or _named(delivery, deps.newest_receivers())
    if receiver is None:
        count("WebhooksDropped")
        logger().warning("no such receiver any more", receiver=delivery.receiver)
        return
    body = json.dumps(_document(delivery), separators=(",", ":")).encode()
    status = deps.post(receiver.url, body, headers(receiver, delivery.webhook_id, body, deps.now()))
    _judge(status, receiver)


def _named(delivery: Delivery, receivers: Sequence[Receiver]) -> Receiver | None:
    return next((receiver for receiver in receivers if receiver.id == delivery.receiver), None)


def _document(delivery: Delivery) -> Document:
    moments = [segment["at"] for segment in delivery.data["segments"].values() if "at" in segment]
    happened_at = max(moments, key=datetime.fromisoformat)
    return {"type": "order.updated", "timestamp": happened_at, "data": delivery.data}


def _judge(status: int, receiver: Receiver) -> None:
    if status == HTTPStatus.GONE:
        count("WebhooksDropped")
        logger().warning("the receiver wants no more", receiver=receiver.id)
    elif not HTTPStatus.OK <= status < HTTPStatus.MULTIPLE_CHOICES:
        raise RetryLaterError(f"the receiver {receiver.id} answered {status}")
    else:
        count("WebhooksDelivered")


def headers(
    receiver: Receiver, webhook_id: str, body: bytes, signed_at: datetime
) -> dict[str, str]:
    """Answers the headers of an attempt: while secrets rotate, a signature by each."""
    moment = str(int(signed_at.timestamp()))
    signed = f"{webhook_id}.{moment}.".encode() + body
    signatures = (sign(secret.get_secret_value(), signed) for secret in receiver.secrets)
    return {
        "content-type": "application/json",
        "user-agent": "orderbus-webhooks/1",
        "webhook-id": webhook_id,
        "webhook-timestamp": moment,
        "webhook-signature": " ".join(signatures),
    }


def sign(secret: str, content: bytes) -> str:
    """Answers the signature of a content by a secret (`whsec_` and the key in base64)."""
    key = base64.b64decode(secret.removeprefix(SECRET_PREFIX), validate=True)
    return f"v1,{base64.b64encode(hmac.new(key, content, hashlib.sha256).digest()).decode()}"


def pause_after(attempts: int) -> int:
    """Answers the seconds until the next attempt; after the last one it is parked at once."""
    return PAUSES[attempts - 1] if attempts <= len(PAUSES) else 0
