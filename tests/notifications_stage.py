"""notifications on moto, called as Lambda and its gateways call it: wiring and settings, too."""

import json
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from typing import Any

import boto3
import pytest
from fakes_shared import TRANSACTION
from moto import mock_aws
from moto.apigatewaymanagementapi.models import apigatewaymanagementapi_backends
from moto.core import DEFAULT_ACCOUNT_ID
from moto.iotdata.models import iotdata_backends
from tables import create
from workers import REGION, cold, forget

from local_stack.signing_keys import new_pair
from notifications import wiring
from notifications.handlers import (
    get_updates,
    on_connect,
    on_disconnect,
    on_frame,
    on_inbox,
    on_pushes,
    on_webhooks,
)
from shared import clients
from shared.clock import now
from shared.events import Envelope
from shared.tokens import SCOPES, SigningKey, sign

ENDPOINT = f"https://abc.execute-api.{REGION}.amazonaws.com/live"
ATTRIBUTES = ["ApproximateReceiveCount", "MessageGroupId"]


def body_of(envelope: Envelope, **more: object) -> str:
    """Answers an event as EventBridge puts it into the inbox."""
    event = {
        "source": envelope.source,
        "detail-type": envelope.detail_type,
        "detail": envelope.document,
    }
    return json.dumps(event | more)


class Stage:
    """All that the service's functions call, and the functions."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.dynamodb, self.sqs = boto3.client("dynamodb", REGION), boto3.client("sqs", REGION)
        self.ssm, self.sns = boto3.client("ssm", REGION), boto3.client("sns", REGION)
        self.table = create(self.dynamodb, "notifications", "JournalTable")
        self.inbox, self.dead, self.webhooks, self.told = (
            self.sqs.create_queue(QueueName=name)["QueueUrl"]
            for name in ("inbox", "dead", "webhooks", "told")
        )
        fifo = {"FifoQueue": "true", "DeduplicationScope": "messageGroup"}
        fifo |= {"FifoThroughputLimit": "perMessageGroupId"}
        self.pushes = self.sqs.create_queue(QueueName="pushes.fifo", Attributes=fifo)["QueueUrl"]
        self.calls: Counter[str] = Counter()
        self.requests = 0
        cold(monkeypatch, wiring, self._environment())
        boto3.setup_default_session()
        clients.client.cache_clear()
        assert boto3.DEFAULT_SESSION is not None
        boto3.DEFAULT_SESSION.events.register("before-call", self._count)

    def _environment(self) -> dict[str, str]:
        private, public = new_pair()
        self.key = SigningKey.from_parameter(private)
        self.ssm.put_parameter(Name="/keys", Value=public, Type="String")
        topic = self.sns.create_topic(Name="updates")["TopicArn"]
        arn = f"arn:aws:sqs:{REGION}:{DEFAULT_ACCOUNT_ID}:told"
        raw = {"RawMessageDelivery": "true"}
        self.sns.subscribe(TopicArn=topic, Protocol="sqs", Endpoint=arn, Attributes=raw)
        return {
            "STAGE": "test",
            "BUS_NAME": "bus",
            "JOURNAL_TABLE": self.table,
            "INBOX_QUEUE_URL": self.inbox,
            "INBOX_DEAD_LETTER_URL": self.dead,
            "JOURNAL_DAYS": "400",
            "VIEW_DAYS": "30",
            "CONNECTIONS_TABLE": create(self.dynamodb, "notifications", "ConnectionsTable"),
            "FEEDS_TABLE": create(self.dynamodb, "notifications", "FeedsTable"),
            "PUSHES_QUEUE_URL": self.pushes,
            "MQTT_URL": "wss://iot.example/mqtt",
            "MQTT_ROLE_ARN": f"arn:aws:iam::{DEFAULT_ACCOUNT_ID}:role/follower",
            "IOT_ARN_PREFIX": f"arn:aws:iot:{REGION}:{DEFAULT_ACCOUNT_ID}",
            "TRACKING_PUBLIC_KEYS_PARAMETER": "/keys",
            "IDENTITY": json.dumps({"open_to_loopback": True}),
            "WEBSOCKET_ENDPOINT": ENDPOINT,
            "TOPIC_ARN": topic,
            "WEBHOOKS_QUEUE_URL": self.webhooks,
            "WEBHOOKS_PARAMETER": "/receivers",
            "AWS_ACCESS_KEY_ID": "testing",
            "AWS_SECRET_ACCESS_KEY": "testing",
        }

    def _count(self, model: Any, **_more: object) -> None:  # noqa: ANN401 - botocore's own
        self.calls[f"{model.service_model.service_name}:{model.name}"] += 1

    def calls_of(self) -> dict[str, int]:
        """Answers the calls since it was asked last, by service and operation."""
        calls, self.calls = dict(self.calls), Counter()
        return calls

    def token(self, order: str = TRANSACTION, scopes: tuple[str, ...] = SCOPES) -> str:
        """Answers a token of this moment."""
        return sign(self.key, order, issued_at=now(), lifetime=timedelta(days=1), scopes=scopes)

    def received(self, url: str) -> list[dict[str, Any]]:
        """Answers what a queue hands out, as the records of a function."""
        found = self.sqs.receive_message(
            QueueUrl=url, MaxNumberOfMessages=10, AttributeNames=ATTRIBUTES
        )
        return [
            {
                "messageId": message["MessageId"],
                "receiptHandle": message["ReceiptHandle"],
                "attributes": message["Attributes"],
                "body": message["Body"],
            }
            for message in found.get("Messages", [])
        ]

    def _work_off(self, url: str, handler: Any) -> list[str]:  # noqa: ANN401 - a Lambda handler
        """Works off a batch as Lambda does; answers the bodies of those to deliver again."""
        records = self.received(url)
        if not records:
            return []
        answer = handler({"Records": records}, None)
        failed = {item["itemIdentifier"] for item in answer["batchItemFailures"]}
        for record in records:
            if record["messageId"] not in failed:
                self.sqs.delete_message(QueueUrl=url, ReceiptHandle=record["receiptHandle"])
        return [record["body"] for record in records if record["messageId"] in failed]

    def deliver(self, *bodies: str) -> list[str]:
        """Sends messages through the inbox; answers the bodies of those to deliver again."""
        for body in bodies:
            self.sqs.send_message(QueueUrl=self.inbox, MessageBody=body)
        return self._work_off(self.inbox, on_inbox.handler)

    def push(self) -> list[str]:
        """Works off the pushes; answers the bodies of those to deliver again."""
        return self._work_off(self.pushes, on_pushes.handler)

    def send_webhooks(self) -> list[str]:
        """Works off the webhooks; answers the bodies of those to deliver again."""
        return self._work_off(self.webhooks, on_webhooks.handler)

    def parked(self) -> list[dict[str, Any]]:
        """Answers what lies in the dead-letter queue."""
        answer = self.sqs.receive_message(
            QueueUrl=self.dead, MaxNumberOfMessages=10, MessageAttributeNames=["All"]
        )
        return list(answer.get("Messages", []))

    def request(self, handler: Any, *, claims: Any = None, **headers: str) -> dict[str, Any]:  # noqa: ANN401
        """Calls a function of a route of the order, by its token if no claims are given."""
        event = {
            "pathParameters": {"transaction_id": TRANSACTION},
            "headers": headers,
            "requestContext": {
                "authorizer": {
                    "lambda": claims or {"transaction_id": TRANSACTION, "scope": "read cancel"}
                }
            },
        }
        return dict(handler(event, None))

    def ask(self, **headers: str) -> dict[str, Any]:
        """Asks for the updates of the order, by its token."""
        return self.request(get_updates.handler, **headers)

    def connect(self, connection_id: str) -> int:
        """Opens a WebSocket connection; answers the status."""
        return int(on_connect.handler(self._socket(connection_id, "CONNECT"), None)["statusCode"])

    def disconnect(self, connection_id: str) -> None:
        """Closes a WebSocket connection."""
        on_disconnect.handler(self._socket(connection_id, "DISCONNECT"), None)

    def say(self, connection_id: str, source_ip: str = "203.0.113.7", **frame: object) -> Any:  # noqa: ANN401 - any JSON
        """Sends a frame; answers the frame that comes back at once, if any."""
        event = self._socket(connection_id, "MESSAGE", source_ip) | {"body": json.dumps(frame)}
        answer = on_frame.handler(event, None)
        assert answer["statusCode"] == 200
        return json.loads(answer["body"]) if "body" in answer else None

    def _socket(self, connection_id: str, kind: str, source: str = "203.0.113.7") -> dict[str, Any]:
        self.requests += 1
        context = {
            "eventType": kind,
            "connectionId": connection_id,
            "requestId": f"request-{self.requests}",
            "identity": {"sourceIp": source},
        }
        return {"requestContext": context}

    def frames(self, connection_id: str) -> list[dict[str, Any]]:
        """Answers the frames that were pushed to a connection."""
        backend = apigatewaymanagementapi_backends[DEFAULT_ACCOUNT_ID][REGION]
        text, decoder = backend.connections[connection_id].data.decode(), json.JSONDecoder()
        found = []
        while text:
            frame, end = decoder.raw_decode(text)
            found.append(frame)
            text = text[end:]
        return found

    def retained(self) -> list[tuple[str, Any]]:
        """Answers what was published to MQTT topics."""
        published = iotdata_backends[DEFAULT_ACCOUNT_ID][REGION].published_payloads
        return [(topic, json.loads(payload) if payload else None) for topic, payload in published]

    def items(self, table: str) -> list[dict[str, Any]]:
        """Answers what a table holds."""
        return list(self.dynamodb.scan(TableName=f"orderbus-test-notifications-{table}")["Items"])


@contextmanager
def stage(monkeypatch: pytest.MonkeyPatch) -> Iterator[Stage]:
    """Puts the service on moto for as long as the block lasts."""
    with mock_aws():
        yield Stage(monkeypatch)
    forget(wiring)
    clients.client.cache_clear()
    boto3.setup_default_session()
