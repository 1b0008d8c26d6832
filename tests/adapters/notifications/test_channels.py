"""The channels on moto, and below a stub where moto knows no failure."""

import json
import traceback
from collections.abc import Iterator
from typing import Any

import boto3
import pytest
from botocore.exceptions import EndpointConnectionError
from botocore.stub import ANY, Stubber
from fakes_shared import TRANSACTION, FakeClock
from moto import mock_aws
from moto.apigatewaymanagementapi.models import apigatewaymanagementapi_backends
from moto.core import DEFAULT_ACCOUNT_ID
from moto.iotdata.models import iotdata_backends
from project import resources
from workers import REGION

from notifications.adapters import IotTopics, SnsTopic, SqsPushes, SqsWebhooks, WebSockets
from notifications.adapters.channels import compact
from notifications.adapters.webhooks import ConfiguredReceivers
from notifications.domain.work import OrderMoved, ProductMoved, parse
from notifications.ports import GoneError
from shared import replay
from shared.errors import ConfigurationError, ReplayRefusedError, RetryLaterError
from shared.parameters import KEPT_FOR, CachedParameter

ENDPOINT = "https://abc.execute-api.eu-central-1.amazonaws.com/live"
TOPIC = f"orderbus/test/orders/{TRANSACTION}"
SECRET = "whsec_MTIzNDU2Nzg5MDEyMzQ1Njc4OTAxMjM0"


@pytest.fixture(autouse=True)
def aws(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setenv("AWS_DEFAULT_REGION", REGION)
    with mock_aws():
        yield


def _fifo() -> tuple[Any, str]:
    """Answers SQS, and the queue of pushes as the template sets it."""
    properties = resources("notifications", "AWS::SQS::Queue")["PushesQueue"]["Properties"]
    taken = ("DeduplicationScope", "FifoThroughputLimit")
    attributes = {"FifoQueue": "true"} | {name: str(properties[name]) for name in taken}
    sqs = boto3.client("sqs")
    return sqs, sqs.create_queue(QueueName="pushes.fifo", Attributes=attributes)["QueueUrl"]


def _received(sqs: Any, url: str) -> list[dict[str, Any]]:  # noqa: ANN401 - boto3 client
    found = sqs.receive_message(
        QueueUrl=url, MaxNumberOfMessages=10, AttributeNames=["All"], MessageAttributeNames=["All"]
    )
    return list(found.get("Messages", []))


def test_pushes_are_queued_once_each_in_the_group_that_they_are_about() -> None:
    sqs, url = _fifo()
    pushes = SqsPushes(sqs, url)
    first, second = (OrderMoved(transaction_id=TRANSACTION, sequence=n) for n in (1, 2))
    product = ProductMoved(sku="A-1", version=1, turned=False)
    for work in (first, first, product):
        pushes.send(work)
    found = _received(sqs, url)
    assert [(parse(m["Body"]), m["Attributes"]["MessageGroupId"]) for m in found] == [
        (first, TRANSACTION),
        (product, "product#A-1"),
    ]
    pushes.send(second)
    assert _received(sqs, url) == []  # its group is being worked on


def test_a_replayed_event_queues_no_push_and_no_webhook() -> None:
    sqs, url = _fifo()
    with replay.handling("drill"):
        with pytest.raises(ReplayRefusedError):
            SqsPushes(sqs, url).send(OrderMoved(transaction_id=TRANSACTION, sequence=1))
        with pytest.raises(ReplayRefusedError):
            SqsWebhooks(sqs, url).send({})
    assert _received(sqs, url) == []


def test_the_topics_subscribers_choose_by_attributes() -> None:
    sns, sqs = boto3.client("sns"), boto3.client("sqs")
    arn = sns.create_topic(Name="updates")["TopicArn"]
    urls = {}
    for name, policy in {
        "all": {},
        "payments": {"segment": ["payments"]},
        "final": {"final": ["true"]},
    }.items():
        urls[name] = sqs.create_queue(QueueName=name)["QueueUrl"]
        sns.subscribe(
            TopicArn=arn,
            Protocol="sqs",
            Endpoint=f"arn:aws:sqs:{REGION}:{DEFAULT_ACCOUNT_ID}:{name}",
            Attributes={"RawMessageDelivery": "true", "FilterPolicy": json.dumps(policy)},
        )
    message = {"status": "PENDING", "words": "é"}
    attributes: dict[str, str | tuple[str, ...]] = {
        "final": "false",
        "segment": ("inventory", "payments"),
    }
    SnsTopic(sns, arn).publish(message, attributes)
    found = {name: _received(sqs, url) for name, url in urls.items()}
    assert {name: len(messages) for name, messages in found.items()} == {
        "all": 1,
        "payments": 1,
        "final": 0,
    }
    (told,) = found["all"]
    assert json.loads(told["Body"]) == message
    assert told["MessageAttributes"]["segment"]["DataType"] == "String.Array"
    assert json.loads(told["MessageAttributes"]["segment"]["StringValue"]) == [
        "inventory",
        "payments",
    ]
    with replay.handling("drill"), pytest.raises(ReplayRefusedError):
        SnsTopic(sns, arn).publish(message, attributes)


def _published() -> list[tuple[str, bytes]]:
    return list(iotdata_backends[DEFAULT_ACCOUNT_ID][REGION].published_payloads)


def test_an_orders_topic_gets_its_updates_and_is_cleared_by_nothing() -> None:
    topics = IotTopics(boto3.client("iot-data"), "test")
    topics.retain(TRANSACTION, {"sequence": 1})
    topics.clear(TRANSACTION)
    assert [(topic, payload or b"") for topic, payload in _published()] == [
        (TOPIC, b'{"sequence":1}'),
        (TOPIC, b""),
    ]
    with replay.handling("drill"), pytest.raises(ReplayRefusedError):
        topics.retain(TRANSACTION, {"sequence": 1})


def test_an_update_is_retained_and_told_at_least_once() -> None:
    client = boto3.client("iot-data")
    with Stubber(client) as stub:
        for payload in (b'{"sequence":1}', b""):
            asked = {"topic": TOPIC, "qos": 1, "retain": True, "payload": payload}
            stub.add_response("publish", {}, asked)
        topics = IotTopics(client, "test")
        topics.retain(TRANSACTION, {"sequence": 1})
        topics.clear(TRANSACTION)
        stub.assert_no_pending_responses()


def test_a_frame_reaches_its_connection() -> None:
    client = boto3.client("apigatewaymanagementapi", endpoint_url=ENDPOINT)
    WebSockets(client).post("c", {"type": "pong", "words": "é"})
    backend = apigatewaymanagementapi_backends[DEFAULT_ACCOUNT_ID][REGION]
    assert json.loads(backend.connections["c"].data) == {"type": "pong", "words": "é"}
    WebSockets(client).disconnect("c")
    assert "c" not in backend.connections


@pytest.mark.parametrize(
    ("code", "expected"),
    [
        ("GoneException", GoneError),
        ("LimitExceededException", RetryLaterError),
        ("ForbiddenException", RetryLaterError),
        ("InternalServerError", RetryLaterError),
    ],
)
def test_a_connection_is_gone_or_out_of_reach(code: str, expected: type[Exception]) -> None:
    client = boto3.client("apigatewaymanagementapi", endpoint_url=ENDPOINT)
    with Stubber(client) as stub:
        stub.add_client_error(
            "post_to_connection", code, expected_params={"ConnectionId": "c", "Data": ANY}
        )
        with pytest.raises(expected):
            WebSockets(client).post("c", {"type": "pong"})


def test_a_gateway_that_can_not_be_connected_to_is_out_of_reach(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    client = boto3.client("apigatewaymanagementapi", endpoint_url=ENDPOINT)

    def away(**_more: object) -> None:
        raise EndpointConnectionError(endpoint_url=ENDPOINT)

    monkeypatch.setattr(client, "post_to_connection", away)
    with pytest.raises(RetryLaterError):
        WebSockets(client).post("c", {"type": "pong"})


def test_a_connection_that_is_gone_is_closed_already() -> None:
    client = boto3.client("apigatewaymanagementapi", endpoint_url=ENDPOINT)
    with Stubber(client) as stub:
        stub.add_client_error("delete_connection", "GoneException")
        WebSockets(client).disconnect("c")
        stub.add_client_error("delete_connection", "LimitExceededException")
        with pytest.raises(client.exceptions.LimitExceededException):
            WebSockets(client).disconnect("c")


def test_a_replayed_event_reaches_no_connection() -> None:
    client = boto3.client("apigatewaymanagementapi", endpoint_url=ENDPOINT)
    with replay.handling("drill"), pytest.raises(ReplayRefusedError):
        WebSockets(client).post("c", {"type": "pong"})


def test_webhooks_are_queued_whole() -> None:
    sqs = boto3.client("sqs")
    url = sqs.create_queue(QueueName="webhooks")["QueueUrl"]
    SqsWebhooks(sqs, url).send({"receiver": "shop", "data": {"words": "é"}})
    (message,) = _received(sqs, url)
    assert json.loads(message["Body"]) == {"receiver": "shop", "data": {"words": "é"}}


def test_a_document_has_no_needless_blanks_and_the_same_size_in_bytes_as_in_characters() -> None:
    assert compact({"a": ["é", 1]}) == b'{"a":["\\u00e9",1]}'


class Store:
    """The parameter store, and how often it was asked."""

    def __init__(self) -> None:
        self.ssm, self.clock, self.asked = boto3.client("ssm"), FakeClock(), 0
        self.ssm.meta.events.register("before-call.ssm.GetParameter", self._count)
        cached = CachedParameter(self.ssm, "/receivers", self.clock)
        self.receivers = ConfiguredReceivers(cached, self.clock)

    def _count(self, **_more: object) -> None:
        self.asked += 1

    def put(self, value: object) -> None:
        text = value if isinstance(value, str) else json.dumps(value)
        self.ssm.put_parameter(Name="/receivers", Value=text, Type="SecureString", Overwrite=True)


def _shop(**more: object) -> dict[str, object]:
    shop = {"id": "shop", "url": "https://shop.example", "secrets": [SECRET]}
    return {"receivers": [shop | more]}


def test_receivers_are_read_with_their_secrets_and_kept_for_a_while() -> None:
    store = Store()
    store.put(_shop())
    for _ in range(10):
        (receiver,) = store.receivers()
    assert receiver.secrets[0].get_secret_value() == SECRET
    assert store.asked == 1


def test_a_stage_without_receivers_is_not_asked_for_them_at_each_change() -> None:
    store = Store()
    for _ in range(10):
        assert store.receivers() == ()
    assert store.asked == 1
    store.put(_shop())
    store.clock.forward(KEPT_FOR.total_seconds() + 1)
    assert [receiver.id for receiver in store.receivers()] == ["shop"]


@pytest.mark.parametrize("value", ["no json", "[]", {"receivers": 7}, _shop(url="http://x")])
def test_receivers_that_are_configured_wrongly_are_an_operators_matter(value: object) -> None:
    store = Store()
    store.put(value)
    with pytest.raises(ConfigurationError, match="orderbus webhooks") as raised:
        store.receivers()
    assert raised.value.__cause__ is None


def test_a_wrong_configuration_quotes_no_secret() -> None:
    store = Store()
    store.put(_shop(url="http://x", secrets=["whsec_hush", 7]))
    with pytest.raises(ConfigurationError) as raised:
        store.receivers()
    assert "hush" not in "".join(traceback.format_exception(raised.value))


def test_receivers_that_can_not_be_read_now_are_read_later() -> None:
    store = Store()
    with Stubber(store.ssm) as stub:
        stub.add_client_error("get_parameter", "ThrottlingException")
        with pytest.raises(RetryLaterError):
            store.receivers()

    def away() -> str:
        raise EndpointConnectionError(endpoint_url="https://ssm")

    with pytest.raises(RetryLaterError):
        ConfiguredReceivers(away, store.clock)()
