"""The fake's SNS, IoT Core and WebSocket connections answer what moto's do, where moto checks."""

import json
from typing import Any

import pytest
from botocore.exceptions import ClientError, ParamValidationError
from fake_aws import ACCOUNT, REGION, SURFACES, Fake, client, fake, moto
from moto.core import DEFAULT_ACCOUNT_ID
from moto.sns.models import sns_backends

from simulator.aws.connections import Connection

EVERYWHERE = [*sorted(SURFACES), "moto"]
FAKES = sorted(SURFACES)
NAME = "updates"
ARN = f"arn:aws:sns:{REGION}:{ACCOUNT}:{NAME}"


def _text(value: str, kind: str = "String") -> dict[str, str]:
    return {"DataType": kind, "StringValue": value}


def _topic(made: Fake | None) -> str:
    """Answers the ARN of a topic of the fake or, without one, of moto."""
    if made is None:
        return str(client("sns").create_topic(Name=NAME)["TopicArn"])
    made.cloud.sns.topics[ARN] = []
    return ARN


@pytest.mark.parametrize("surface", EVERYWHERE)
def test_a_topic_remembers_what_was_published(surface: str) -> None:
    attributes = {
        "status": _text("CONFIRMED"),
        "segment": _text('["order", "payments"]', "String.Array"),
    }
    with moto() if surface == "moto" else fake(surface) as made:
        arn = _topic(made)
        answer = client("sns").publish(TopicArn=arn, Message="é", MessageAttributes=attributes)
        if made is None:
            (sent,) = sns_backends[DEFAULT_ACCOUNT_ID][REGION].topics[arn].sent_notifications
            heard = (sent[0], sent[1], {name: value["Value"] for name, value in sent[3].items()})
        else:
            (one,) = made.cloud.sns.topics[arn]
            texts = {
                name: value if isinstance(value, str) else json.dumps(value)
                for name, value in one.attributes.items()
            }
            heard = (one.id, one.message, texts)
    assert heard == (
        answer["MessageId"],
        "é",
        {name: value["StringValue"] for name, value in attributes.items()},
    )


REFUSED: dict[str, tuple[str, dict[str, Any]]] = {
    "too many bytes": ("InvalidParameter", {"Message": "m" * (256 * 1024 + 1)}),
    "an attribute of no known type": (
        "ParameterValueInvalid",
        {"Message": "m", "MessageAttributes": {"a": _text("x", "Text")}},
    ),
    "an attribute without a type": (
        "ParameterValueInvalid",
        {"Message": "m", "MessageAttributes": {"a": _text("x", "")}},
    ),
    "an empty attribute": (
        "ParameterValueInvalid",
        {"Message": "m", "MessageAttributes": {"a": _text("")}},
    ),
}
MOTO_LETS_PASS: dict[str, tuple[str, dict[str, Any]]] = {
    "nothing": ("InvalidParameter", {"Message": ""}),
    "too many bytes of two each": ("InvalidParameter", {"Message": "é" * (128 * 1024 + 1)}),
    "too many bytes with its attributes": (
        "InvalidParameter",
        {"Message": "m" * (256 * 1024 - 8), "MessageAttributes": {"a": _text("long")}},
    ),
    "an array that is none": (
        "ParameterValueInvalid",
        {"Message": "m", "MessageAttributes": {"a": _text("x", "String.Array")}},
    ),
    "an array of arrays": (
        "ParameterValueInvalid",
        {"Message": "m", "MessageAttributes": {"a": _text("[[]]", "String.Array")}},
    ),
    "a name with a blank": (
        "ParameterValueInvalid",
        {"Message": "m", "MessageAttributes": {"a b": _text("x")}},
    ),
    "a name of AWS's": (
        "ParameterValueInvalid",
        {"Message": "m", "MessageAttributes": {"AWS.a": _text("x")}},
    ),
    "a name that ends in a period": (
        "ParameterValueInvalid",
        {"Message": "m", "MessageAttributes": {"a.": _text("x")}},
    ),
}
"""Messages that SNS refuses, by its documentation; moto 5.2 refuses the first ones only.

https://docs.aws.amazon.com/sns/latest/dg/sns-message-attributes.html
https://docs.aws.amazon.com/sns/latest/api/API_Publish.html
"""


@pytest.mark.parametrize("surface", FAKES)
@pytest.mark.parametrize("what", REFUSED | MOTO_LETS_PASS)
def test_the_fake_refuses_a_message_that_sns_refuses(what: str, surface: str) -> None:
    code, arguments = (REFUSED | MOTO_LETS_PASS)[what]
    with fake(surface) as made, pytest.raises(ClientError) as error:
        client("sns").publish(TopicArn=_topic(made), **arguments)
    assert error.value.response["Error"]["Code"] == code
    assert made.cloud.sns.topics[ARN] == []


@pytest.mark.parametrize("what", REFUSED)
def test_moto_refuses_the_same(what: str) -> None:
    with moto(), pytest.raises(ClientError) as error:
        client("sns").publish(TopicArn=_topic(None), **REFUSED[what][1])
    # It has one code for all of them, and names the other one in its message.
    assert error.value.response["Error"]["Code"] == "InvalidParameter"


@pytest.mark.parametrize("surface", EVERYWHERE)
def test_a_topic_that_is_not_there_has_the_same_error_everywhere(surface: str) -> None:
    sns = client("sns")
    with (
        moto() if surface == "moto" else fake(surface),
        pytest.raises(sns.exceptions.NotFoundException) as error,
    ):
        sns.publish(TopicArn=f"{ARN}-not", Message="m")
    assert error.value.response["Error"]["Code"] == "NotFound"
    assert error.value.response["ResponseMetadata"]["HTTPStatusCode"] == 404


@pytest.mark.parametrize("surface", FAKES)
def test_a_topic_retains_its_last_retained_message_until_an_empty_one(surface: str) -> None:
    # moto remembers all that was published, and knows no retained messages.
    iot = client("iot-data")
    with fake(surface) as made:
        iot.publish(topic="a/b", qos=1, retain=True, payload=b"1")
        iot.publish(topic="a/b", qos=1, payload=b"2")
        assert iot.get_retained_message(topic="a/b")["payload"] == b"1"
        iot.publish(topic="a/b", qos=1, retain=True, payload=b"")
        with pytest.raises(iot.exceptions.ResourceNotFoundException):
            iot.get_retained_message(topic="a/b")
    assert made.cloud.iot.published == 3


@pytest.mark.parametrize("surface", FAKES)
@pytest.mark.parametrize(
    "message",
    [
        {"topic": "a/+"},
        {"topic": "a/#"},
        {"topic": "a" * 257},
        {"topic": "/".join("abcdefghi")},
        {"topic": "a", "qos": 2},
        {"topic": "a", "payload": b"m" * (128 * 1024 + 1)},
    ],
    ids=["one level", "all levels", "too long", "too deep", "exactly once", "too much"],
)
def test_iot_core_refuses_what_its_broker_can_not_take(
    message: dict[str, Any], surface: str
) -> None:
    iot = client("iot-data")
    with fake(surface), pytest.raises(iot.exceptions.InvalidRequestException):
        iot.publish(**message)


def _connection(made: Fake | None, heard: list[str]) -> str:
    if made is not None:
        connection = Connection("c1", "192.0.2.1", 0.0, heard.append)
        made.cloud.connections.by_id["c1"] = connection
    return "c1"


@pytest.mark.parametrize("surface", EVERYWHERE)
def test_an_open_connection_takes_frames_and_can_be_closed(surface: str) -> None:
    api, heard = client("apigatewaymanagementapi"), list[str]()
    with moto() if surface == "moto" else fake(surface) as made:
        identity = _connection(made, heard)
        for data in (b'{"n": 1}', '{"n": 2}'):
            api.post_to_connection(ConnectionId=identity, Data=data)
        api.delete_connection(ConnectionId=identity)
    assert heard == ([] if made is None else ['{"n": 1}', '{"n": 2}'])


@pytest.mark.parametrize("surface", FAKES)
def test_a_connection_that_is_closed_is_gone(surface: str) -> None:
    # moto has every connection that it is asked about.
    api, heard = client("apigatewaymanagementapi"), list[str]()
    with fake(surface) as made:
        identity = _connection(made, heard)
        api.delete_connection(ConnectionId=identity)
        for call, arguments in (
            (api.post_to_connection, {"Data": b"m"}),
            (api.delete_connection, {}),
        ):
            with pytest.raises(api.exceptions.GoneException) as error:
                call(ConnectionId=identity, **arguments)
            assert error.value.response["ResponseMetadata"]["HTTPStatusCode"] == 410
    assert heard == []


@pytest.mark.parametrize("surface", FAKES)
def test_a_broken_connection_swallows_what_it_is_sent(surface: str) -> None:
    api, heard = client("apigatewaymanagementapi"), list[str]()
    with fake(surface) as made:
        identity = _connection(made, heard)
        made.cloud.connections.by_id[identity].is_broken = True
        api.post_to_connection(ConnectionId=identity, Data=b"m")
    assert heard == []


@pytest.mark.parametrize("surface", FAKES)
def test_a_frame_may_have_128_kilobytes_and_no_more(surface: str) -> None:
    api, heard = client("apigatewaymanagementapi"), list[str]()
    with fake(surface) as made:
        identity = _connection(made, heard)
        api.post_to_connection(ConnectionId=identity, Data=b"m" * 128 * 1024)
        with pytest.raises(api.exceptions.PayloadTooLargeException):
            api.post_to_connection(ConnectionId=identity, Data=b"m" * (128 * 1024 + 1))
    assert len(heard) == 1


@pytest.mark.parametrize("service", ["sns", "iot-data", "apigatewaymanagementapi"])
def test_botocore_checks_what_the_wire_does_not_carry(service: str) -> None:
    operation = "post_to_connection" if service.startswith("api") else "publish"
    with fake("botocore"), pytest.raises(ParamValidationError):
        getattr(client(service), operation)(Bus=1)
