"""The WebSocket API hands frames to functions as API Gateway does."""

import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from simulator import stacks
from simulator.aws.connections import Connection, Connections
from simulator.aws.errors import AwsError
from simulator.websocket_api import WebSocketApi

TEMPLATE = """
Resources:
  Sockets:
    Type: AWS::ApiGatewayV2::Api
    Properties: {ProtocolType: WEBSOCKET, RouteSelectionExpression: $request.body.action}
  Stage:
    Type: AWS::ApiGatewayV2::Stage
    Properties: {ApiId: !Ref Sockets, StageName: dev}
  OnFrameFunction:
    Type: AWS::Serverless::Function
    Properties: {FunctionName: on-frame}
  Integration:
    Type: AWS::ApiGatewayV2::Integration
    Properties:
      ApiId: !Ref Sockets
      IntegrationType: AWS_PROXY
      IntegrationUri: !Join
        - ""
        - - arn:aws:apigateway:us-east-1:lambda:path/2015-03-31/functions/
          - !GetAtt OnFrameFunction.Arn
          - /invocations
"""
ROUTE = """
  Route{number}:
    Type: AWS::ApiGatewayV2::Route
    Properties:
      ApiId: !Ref Sockets
      RouteKey: {key}
      Target: !Sub integrations/${{Integration}}
      RouteResponseSelectionExpression: $default
"""
RESPONSE = """
  Response:
    Type: AWS::ApiGatewayV2::RouteResponse
    Properties: {ApiId: !Ref Sockets, RouteId: !Ref Route2, RouteResponseKey: $default}
"""
KEYS = ("$connect", "$disconnect", "ping", "subscribe")
ARN = "arn:aws:lambda:us-east-1:000000000000:function:on-frame"


class Gateway:
    """A WebSocket API over one function that answers as it is told."""

    def __init__(self) -> None:
        self.events: list[dict[str, Any]] = []
        self.answer: Any = {"statusCode": 200}
        self.heard: list[Any] = []
        self.connections = Connections()
        (api,) = stacks.apis("WEBSOCKET")
        function: Any = "on-frame"
        self.api = WebSocketApi(
            api,
            {ARN: function},
            self._invoke,
            self.connections,
            lambda: datetime(2026, 1, 5, 9, tzinfo=UTC),
        )

    def _invoke(self, _function: object, event: dict[str, Any]) -> Any:  # noqa: ANN401
        self.events.append(event)
        if isinstance(self.answer, Exception):
            raise self.answer
        return self.answer

    def connect(self) -> Connection:
        connection = self.api.connect(lambda text: self.heard.append(json.loads(text)), "192.0.2.1")
        assert connection is not None
        return connection


def _deploy(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, keys: tuple[str, ...]) -> None:
    routes = "".join(ROUTE.format(number=n, key=key) for n, key in enumerate(keys))
    (tmp_path / "template.yaml").write_text(TEMPLATE + routes + RESPONSE)
    found = stacks.deployed([str(tmp_path)])
    monkeypatch.setattr(stacks, "resources", lambda: found)


@pytest.fixture
def gateway(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Gateway:
    _deploy(tmp_path, monkeypatch, KEYS)
    return Gateway()


def test_a_function_is_told_of_the_connection_its_frames_and_its_end(gateway: Gateway) -> None:
    connection = gateway.connect()
    gateway.api.send(connection, '{"action": "subscribe"}')
    gateway.api.disconnect(connection)
    contexts = [event["requestContext"] for event in gateway.events]
    assert [(c["routeKey"], c["eventType"]) for c in contexts] == [
        ("$connect", "CONNECT"),
        ("subscribe", "MESSAGE"),
        ("$disconnect", "DISCONNECT"),
    ]
    assert {c["connectionId"] for c in contexts} == {connection.id}
    assert {c["identity"]["sourceIp"] for c in contexts} == {"192.0.2.1"}
    assert {c["stage"] for c in contexts} == {"dev"}
    assert {c["domainName"] for c in contexts} == {
        f"{gateway.api.id}.execute-api.us-east-1.amazonaws.com"
    }
    assert gateway.events[1]["body"] == '{"action": "subscribe"}'
    assert len({c["messageId"] for c in contexts if "messageId" in c}) == 1


@pytest.mark.parametrize("answer", [{"statusCode": 401}, RuntimeError("failed")])
def test_a_connection_that_is_refused_is_none(gateway: Gateway, answer: object) -> None:
    gateway.answer = answer
    assert gateway.api.connect(gateway.heard.append, "192.0.2.1") is None
    (refused,) = gateway.connections.by_id
    with pytest.raises(AwsError, match="Gone"):
        gateway.connections.post_to_connection({"ConnectionId": refused, "Data": b"m"})


def test_only_a_route_with_a_response_answers_the_client(gateway: Gateway) -> None:
    connection = gateway.connect()
    gateway.answer = {"statusCode": 200, "body": '{"type": "pong"}'}
    gateway.api.send(connection, '{"action": "ping"}')
    gateway.api.send(connection, '{"action": "subscribe"}')
    assert gateway.heard == [{"type": "pong"}]


def test_a_function_that_fails_is_answered_for(gateway: Gateway) -> None:
    connection = gateway.connect()
    gateway.answer = RuntimeError("failed")
    gateway.api.send(connection, '{"action": "subscribe"}')
    (told,) = gateway.heard
    assert (told["message"], told["connectionId"]) == ("Internal server error", connection.id)


@pytest.mark.parametrize(
    "body", ["", "no JSON", "[]", '{"action": 1}', '{"action": "other"}', '{"action": "$connect"}']
)
def test_a_frame_of_no_route_is_forbidden(gateway: Gateway, body: str) -> None:
    connection = gateway.connect()
    gateway.api.send(connection, body)
    assert [told["message"] for told in gateway.heard] == ["Forbidden"]
    assert len(gateway.events) == 1


def test_the_default_route_takes_what_no_other_one_does(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    _deploy(tmp_path, monkeypatch, ("$connect", "$default", "ping"))
    gateway = Gateway()
    gateway.api.send(gateway.connect(), "no JSON")
    assert gateway.events[-1]["requestContext"]["routeKey"] == "$default"


def test_a_client_that_is_gone_hears_nothing(gateway: Gateway) -> None:
    broken, closed = gateway.connect(), gateway.connect()
    broken.is_broken = True
    gateway.api.disconnect(closed)
    gateway.answer = RuntimeError("failed")
    for connection in (broken, closed):
        gateway.api.send(connection, '{"action": "subscribe"}')
    assert gateway.heard == []
