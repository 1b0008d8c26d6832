"""Receivers on every channel: each keeps the updates of one order as they came."""

import base64
import hashlib
import hmac
import json
import socket
import threading
from collections.abc import Iterator
from contextlib import ExitStack, closing, contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import urlsplit
from uuid import uuid4

import paho.mqtt.client as mqtt
from paho.mqtt.enums import CallbackAPIVersion
from shop import Order
from websockets.exceptions import ConnectionClosed
from websockets.sync.client import ClientConnection, connect
from websockets.typing import Subprotocol

from local_stack.aws import Aws

Document = dict[str, Any]


@dataclass
class Heard:
    """What one channel told of an order, in the order of its arrival."""

    documents: list[Document] = field(default_factory=list)
    _changed: threading.Condition = field(default_factory=threading.Condition)

    def add(self, document: Document) -> None:
        """Keeps an update."""
        with self._changed:
            self.documents.append(document)
            self._changed.notify_all()

    def until_final(self, within: float = 90) -> list[Document]:
        """Answers everything up to the final update."""
        with self._changed:
            came = self._changed.wait_for(
                lambda: bool(self.documents) and self.documents[-1]["final"], within
            )
        assert came, f"no final update within {within} s: {self.documents[-1:]}"
        return list(self.documents)


@contextmanager
def polling(order: Order) -> Iterator[Heard]:
    """Polls, waiting at the server for news."""
    heard, stop = Heard(), threading.Event()

    def poll() -> None:
        after = 0
        while not stop.is_set():
            document = order.updates(after, wait=5)
            if document["sequence"] > after:
                heard.add(document)
                after = document["sequence"]
            if document["final"]:
                return

    with _thread(poll, stop):
        yield heard


@contextmanager
def websocket(order: Order) -> Iterator[Heard]:
    """Subscribes over a WebSocket."""
    heard, stop = Heard(), threading.Event()
    with connect(order.accepted["links"]["websocket"]) as connection:
        connection.send(
            json.dumps(
                {
                    "action": "subscribe",
                    "transaction_id": order.transaction_id,
                    "token": order.token,
                }
            )
        )

        def listen() -> None:
            for frame in frames(connection):
                if frame["type"] == "update":
                    heard.add(frame["update"])

        with _thread(listen, stop, closing(connection)):
            yield heard


def frames(connection: ClientConnection) -> Iterator[Document]:
    """Answers the frames of a connection until it is closed."""
    while True:
        try:
            yield json.loads(connection.recv())
        except ConnectionClosed:
            return


@dataclass
class MqttSession:
    """One session with a presigned address."""

    address: Document
    connected: threading.Event = field(default_factory=threading.Event)
    granted: list[bool] = field(default_factory=list)
    ended: threading.Event = field(default_factory=threading.Event)
    heard: Heard = field(default_factory=Heard)
    answered: threading.Event = field(default_factory=threading.Event)

    @contextmanager
    def open(self, topic: str | None = None) -> Iterator["MqttSession"]:
        """Connects and subscribes to the order's topic, or to another one."""
        parts = urlsplit(self.address["url"])
        client = mqtt.Client(
            CallbackAPIVersion.VERSION2,
            client_id=self.address["client_id"],
            transport="websockets",
            reconnect_on_failure=False,
        )
        # The broker's name is for the broker: it need not be known to this machine's resolver.
        client.ws_set_options(f"{parts.path}?{parts.query}", {"Host": parts.netloc})
        client.on_connect = lambda c, *_: (
            self.connected.set(),
            c.subscribe(topic or self.address["topic"], qos=1),
        )
        client.on_subscribe = lambda _c, _u, _m, codes, _p: (
            self.granted.extend(not code.is_failure for code in codes),
            self.answered.set(),
        )
        client.on_message = lambda _c, _u, message: self.heard.add(json.loads(message.payload))
        client.on_disconnect = lambda *_: (self.ended.set(), self.answered.set())
        client.connect("127.0.0.1", parts.port or 443)
        client.loop_start()
        try:
            yield self
        finally:
            client.disconnect()
            client.loop_stop()


@contextmanager
def open_socket(address: str) -> Iterator[ClientConnection]:
    """Opens a broker's address as an MQTT client does; raises when the handshake is refused."""
    here = socket.create_connection(("127.0.0.1", urlsplit(address).port or 443))
    with here, connect(address, sock=here, subprotocols=[Subprotocol("mqtt")]) as connection:
        yield connection


@contextmanager
def over_mqtt(order: Order) -> Iterator[Heard]:
    """Opens an MQTT session with the order's token and follows its topic."""
    with MqttSession(order.open_mqtt()).open() as session:
        assert session.answered.wait(20)
        assert session.granted == [True]
        yield session.heard


@dataclass
class Everything:
    """What came of every order, by its transaction."""

    by_transaction: dict[str, Heard] = field(default_factory=dict)
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def heard(self, order: Order) -> Heard:
        """Answers what came of one order."""
        return self.of(order.transaction_id)

    def of(self, transaction_id: str) -> Heard:
        """Answers what came of a transaction."""
        with self._lock:
            return self.by_transaction.setdefault(transaction_id, Heard())


@contextmanager
def sns(aws: Aws, stage: str = "dev") -> Iterator[Everything]:
    """Lets a queue subscribe to the topic of updates and keeps what it gets of orders."""
    everything, stop = Everything(), threading.Event()
    with ExitStack() as stack:
        url = stack.enter_context(subscribed_queue(aws, {"kind": ["order"]}, stage))

        def receive() -> None:
            while not stop.is_set():
                for message in receive_messages(aws, url):
                    document = json.loads(message["Body"])
                    everything.of(document["transaction_id"]).add(document)

        stack.enter_context(_thread(receive, stop))
        yield everything


@contextmanager
def subscribed_queue(aws: Aws, policy: Document, stage: str = "dev") -> Iterator[str]:
    """Answers the address of a queue that gets what its filter policy lets through."""
    topic = f"arn:aws:sns:us-east-1:000000000000:orderbus-{stage}-updates"
    url = aws.sqs.create_queue(QueueName=f"test-{uuid4().hex}")["QueueUrl"]
    attributes = aws.sqs.get_queue_attributes(QueueUrl=url, AttributeNames=["QueueArn"])
    arn = attributes["Attributes"]["QueueArn"]
    allowed = {
        "Effect": "Allow",
        "Principal": {"Service": "sns.amazonaws.com"},
        "Action": "sqs:SendMessage",
        "Resource": arn,
        "Condition": {"ArnEquals": {"aws:SourceArn": topic}},
    }
    document = {"Version": "2012-10-17", "Statement": [allowed]}
    aws.sqs.set_queue_attributes(QueueUrl=url, Attributes={"Policy": json.dumps(document)})
    client = aws.client("sns")
    subscription = client.subscribe(
        TopicArn=topic,
        Protocol="sqs",
        Endpoint=arn,
        Attributes={"RawMessageDelivery": "true", "FilterPolicy": json.dumps(policy)},
        ReturnSubscriptionArn=True,
    )["SubscriptionArn"]
    try:
        yield url
    finally:
        client.unsubscribe(SubscriptionArn=subscription)
        aws.sqs.delete_queue(QueueUrl=url)


def receive_messages(aws: Aws, url: str) -> list[Any]:
    """Answers, and deletes, what has come to a queue within a second."""
    answer = aws.sqs.receive_message(
        QueueUrl=url, MaxNumberOfMessages=10, WaitTimeSeconds=1, MessageAttributeNames=["All"]
    )
    messages = answer.get("Messages", [])
    for message in messages:
        aws.sqs.delete_message(QueueUrl=url, ReceiptHandle=message["ReceiptHandle"])
    return list(messages)


@dataclass
class WebhookReceiver:
    """A merchant's server: checks signatures, may be out of order, keeps what it took."""

    secrets: list[str] = field(default_factory=list)
    failures: int = 0
    """How many of the next requests it answers with 500."""
    taken: list[tuple[str, Document]] = field(default_factory=list)
    """Each message once, with its id."""
    refused: list[str] = field(default_factory=list)
    """Ids of requests that were answered with an error."""
    forged: int = 0
    everything: Everything = field(default_factory=Everything)
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def take(self, headers: dict[str, str], body: bytes) -> int:
        """Answers the status for a request."""
        identity = headers["webhook-id"]
        signed = f"{identity}.{headers['webhook-timestamp']}.".encode() + body
        wanted = {_signature(secret, signed) for secret in self.secrets}
        with self._lock:
            if wanted.isdisjoint(headers["webhook-signature"].split()):
                self.forged += 1
                return 401
            if self.failures:
                self.failures -= 1
                self.refused.append(identity)
                return 500
            document = json.loads(body)
            if identity in {known for known, _ in self.taken}:
                return 200
            self.taken.append((identity, document))
        self.everything.of(document["data"]["transaction_id"]).add(document["data"])
        return 204

    @contextmanager
    def serving(self) -> Iterator[str]:
        """Answers its address while it listens."""
        receiver = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers["content-length"]))
                headers = {name.lower(): value for name, value in self.headers.items()}
                self.send_response(receiver.take(headers, body))
                self.send_header("content-length", "0")
                self.end_headers()

            def log_message(self, *_: object) -> None:
                return

        server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        thread = threading.Thread(target=server.serve_forever, daemon=True)
        thread.start()
        try:
            yield f"http://127.0.0.1:{server.server_address[1]}/orders"
        finally:
            server.shutdown()
            server.server_close()


def _signature(secret: str, signed: bytes) -> str:
    key = base64.b64decode(secret.removeprefix("whsec_"))
    return f"v1,{base64.b64encode(hmac.new(key, signed, hashlib.sha256).digest()).decode()}"


@contextmanager
def _thread(run: Any, stop: threading.Event, *ends: Any) -> Iterator[None]:  # noqa: ANN401
    """Runs beside the block; at its end it is told to stop and waited for."""
    thread = threading.Thread(target=run, daemon=True)
    thread.start()
    try:
        yield
    finally:
        stop.set()
        with ExitStack() as stack:
            for end in ends:
                stack.enter_context(end)
        thread.join(30)
