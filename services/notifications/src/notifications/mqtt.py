"""Opens MQTT sessions: a presigned address with which one order's topic can be subscribed to.

The address is signed by credentials whose session policy allows that and nothing else; AWS IoT Core
holds the session to it. https://docs.aws.amazon.com/iot/latest/developerguide/protocols.html
"""

import json
from dataclasses import dataclass
from datetime import timedelta
from http import HTTPStatus
from typing import Any
from urllib.parse import quote
from uuid import uuid4

from botocore.auth import SigV4QueryAuth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials
from pydantic import AwareDatetime, BaseModel

from notifications.adapters.channels import order_topic
from notifications.owning import check_owner
from notifications.ports import Journal
from shared.clock import Clock
from shared.http import ProblemError, Request, Response
from shared.ids import TransactionId

SESSION = timedelta(hours=1)
"""As long as a role that another role assumed may last.

https://docs.aws.amazon.com/IAM/latest/UserGuide/id_roles.html#iam-term-role-chaining
"""
SERVICE = "iotdevicegateway"


class Address(BaseModel):
    """How to follow an order by MQTT: whoever has the address can, so it is a secret."""

    url: str
    topic: str
    client_id: str
    expires_at: AwareDatetime


@dataclass(frozen=True)
class Broker:
    """Where MQTT sessions are opened, and with whose rights."""

    url: str
    """`wss://…/mqtt` of the account's IoT endpoint; empty: the stage has none."""
    role_arn: str
    arn_prefix: str
    """`arn:aws:iot:<region>:<account>`: in front of every topic and client."""
    stage: str
    sts: Any
    """A boto3 client."""


@dataclass(frozen=True)
class Deps:
    """What opening needs."""

    journal: Journal
    broker: Broker
    now: Clock


def open_session(request: Request, deps: Deps) -> Response:
    """Answers the address for the order in the path."""
    transaction_id = request.own_transaction("read")
    if not deps.broker.url:
        raise ProblemError(
            HTTPStatus.NOT_FOUND, "mqtt-off", "This stage has no MQTT; follow by WebSocket."
        )
    if request.caller.transaction_id is None:
        check_owner(request.caller, deps.journal.read(transaction_id))
    expires_at = deps.now() + SESSION
    address = _address(transaction_id, deps.broker, expires_at)
    return Response(HTTPStatus.CREATED, address.model_dump(mode="json"))


def _address(transaction_id: TransactionId, broker: Broker, expires_at: AwareDatetime) -> Address:
    topic = order_topic(broker.stage, transaction_id)
    # Two sessions of one client id end each other: each gets an id of its own.
    client_id = f"orderbus-{broker.stage}-{uuid4().hex}"
    credentials = broker.sts.assume_role(
        RoleArn=broker.role_arn,
        RoleSessionName=client_id,
        DurationSeconds=int(SESSION.total_seconds()),
        Policy=json.dumps(session_policy(broker.arn_prefix, topic, client_id)),
    )["Credentials"]
    region = broker.arn_prefix.split(":")[3]
    return Address(
        url=presigned(broker.url, credentials, region),
        topic=topic,
        client_id=client_id,
        expires_at=expires_at,
    )


def session_policy(arn_prefix: str, topic: str, client_id: str) -> dict[str, Any]:
    """Answers what one session may do: connect as itself, subscribe to one topic, receive it."""
    allowed = {
        "iot:Connect": f"{arn_prefix}:client/{client_id}",
        "iot:Subscribe": f"{arn_prefix}:topicfilter/{topic}",
        "iot:Receive": f"{arn_prefix}:topic/{topic}",
    }
    return {
        "Version": "2012-10-17",
        "Statement": [
            {"Effect": "Allow", "Action": action, "Resource": resource}
            for action, resource in allowed.items()
        ],
    }


def presigned(url: str, credentials: dict[str, str], region: str) -> str:
    """Answers the WebSocket address signed for one use of it.

    IoT Core wants the session token outside what is signed:
    https://docs.aws.amazon.com/iot/latest/developerguide/custom-auth.html
    """
    scheme, _, rest = url.partition("://")
    signed = AWSRequest("GET", f"https://{rest}")
    key = Credentials(credentials["AccessKeyId"], credentials["SecretAccessKey"])
    SigV4QueryAuth(key, SERVICE, region, expires=int(SESSION.total_seconds())).add_auth(signed)
    token = quote(credentials["SessionToken"], safe="")
    _, _, address = str(signed.url).partition("://")
    return f"{scheme}://{address}&X-Amz-Security-Token={token}"
