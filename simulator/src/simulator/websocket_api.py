"""The WebSocket API: routes, integrations and answers as the templates declare them.

https://docs.aws.amazon.com/apigateway/latest/developerguide/apigateway-websocket-api-mapping-template-reference.html
"""

import json
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from http import HTTPStatus
from typing import Any

from simulator import stacks
from simulator.aws.connections import Connection, Connections
from simulator.aws.errors import UnsupportedError
from simulator.functions import Function
from simulator.invocations import WorkerDied

Invoke = Callable[[Function, dict[str, Any]], Any]
CONNECT, DISCONNECT, DEFAULT = "$connect", "$disconnect", "$default"
SELECTION = "$request.body.action"
_EVENT_TYPES = {CONNECT: "CONNECT", DISCONNECT: "DISCONNECT"}


@dataclass(frozen=True)
class Route:
    """One route: the function behind it, and whether what it answers goes to the client."""

    key: str
    function: Function
    answers: bool


class WebSocketApi:
    """One WebSocket API and its connections; every call of it happens in a task."""

    def __init__(
        self,
        api: stacks.Resource,
        functions: dict[str, Function],
        invoke: Invoke,
        connections: Connections,
        now: Callable[[], datetime],
    ) -> None:
        if api.properties["RouteSelectionExpression"] != SELECTION:
            raise UnsupportedError(f"routes by {api.properties['RouteSelectionExpression']}")
        self.id = api.name
        self.routes = {route.key: route for route in _routes(api.name, functions)}
        stages = stacks.of_api("AWS::ApiGatewayV2::Stage", api.name)
        self.stage = next((str(stage.properties["StageName"]) for stage in stages), "")
        self._invoke, self._connections, self._now = invoke, connections, now
        self._frames = 0

    def connect(self, hear: Callable[[str], None], source_ip: str) -> Connection | None:
        """Answers a new connection; None: it was refused."""
        made = Connection(
            id=f"connection-{len(self._connections.by_id):08d}",
            source_ip=source_ip,
            opened_at=self._now().timestamp(),
            hear=hear,
            is_open=False,
        )
        self._connections.by_id[made.id] = made
        answer = self._call(CONNECT, made)
        if answer is not None and int(answer["statusCode"]) >= HTTPStatus.BAD_REQUEST:
            return None
        made.is_open = CONNECT not in self.routes or answer is not None
        return made if made.is_open else None

    def send(self, connection: Connection, body: str) -> None:
        """Takes a frame of the client's to its route; tells the client what its function answers.

        A function that fails is answered for by the gateway.
        """
        key = _action(body)
        key = key if key in self.routes else DEFAULT
        if key not in self.routes:
            self._hear(connection, {"message": "Forbidden"})
            return
        answer = self._call(key, connection, body)
        if answer is None:
            self._hear(connection, {"message": "Internal server error"})
        elif self.routes[key].answers and answer.get("body"):
            self._hear(connection, answer["body"])

    def disconnect(self, connection: Connection) -> None:
        """Ends a connection, and tells its route."""
        connection.is_open = False
        self._call(DISCONNECT, connection)

    def _hear(self, connection: Connection, told: dict[str, str] | str) -> None:
        if connection.is_open and not connection.is_broken:
            rest = {"connectionId": connection.id, "requestId": self._request_id()}
            connection.hear(told if isinstance(told, str) else json.dumps(told | rest))

    def _call(self, key: str, connection: Connection, body: str | None = None) -> Any:  # noqa: ANN401
        """Answers what the route's function answers; None: it failed, or there is no route."""
        route = self.routes.get(key)
        if route is None:
            return None
        self._frames += 1
        event = {"requestContext": self._context(key, connection), "isBase64Encoded": False}
        if body is not None:
            event["body"] = body
        try:
            return self._invoke(route.function, event)
        except (WorkerDied, Exception):  # noqa: BLE001 - whatever it was, the client is told so
            return None

    def _request_id(self) -> str:
        return f"request-{self._frames:08d}="

    def _context(self, key: str, connection: Connection) -> dict[str, Any]:
        now = self._now()
        context: dict[str, Any] = {
            "routeKey": key,
            "eventType": _EVENT_TYPES.get(key, "MESSAGE"),
            "extendedRequestId": self._request_id(),
            "requestTime": now.strftime("%d/%b/%Y:%H:%M:%S +0000"),
            "messageDirection": "IN",
            "stage": self.stage,
            "connectedAt": int(connection.opened_at * 1000),
            "requestTimeEpoch": int(now.timestamp() * 1000),
            "identity": {"sourceIp": connection.source_ip},
            "requestId": self._request_id(),
            "domainName": f"{self.id}.execute-api.{stacks.REGION}.amazonaws.com",
            "connectionId": connection.id,
            "apiId": self.id,
        }
        if context["eventType"] == "MESSAGE":
            context["messageId"] = f"frame-{self._frames:08d}="
        if key == DISCONNECT:
            context |= {"disconnectStatusCode": 1001, "disconnectReason": "Going away"}
        return context


def _action(body: str) -> str:
    """Answers what routes are selected by: the `action` of a JSON object, if it has one."""
    try:
        document = json.loads(body)
    except ValueError:
        return DEFAULT
    action = document.get("action") if isinstance(document, dict) else None
    return action if isinstance(action, str) and not action.startswith("$") else DEFAULT


def _routes(api: str, functions: dict[str, Function]) -> list[Route]:
    integrations = {
        resource.name: resource.properties
        for resource in stacks.of_api("AWS::ApiGatewayV2::Integration", api)
    }
    answered = {
        response.properties["RouteId"]
        for response in stacks.of_api("AWS::ApiGatewayV2::RouteResponse", api)
    }
    return [
        Route(
            resource.properties["RouteKey"],
            functions[_function_of(integrations[_integration_of(resource)])],
            resource.name in answered
            and resource.properties.get("RouteResponseSelectionExpression") == "$default",
        )
        for resource in stacks.of_api("AWS::ApiGatewayV2::Route", api)
    ]


def _integration_of(route: stacks.Resource) -> str:
    return str(route.properties["Target"]).removeprefix("integrations/")


def _function_of(integration: Any) -> str:  # noqa: ANN401 - an integration's properties
    """Answers the ARN of the function behind an integration."""
    if integration["IntegrationType"] != "AWS_PROXY":
        raise UnsupportedError(f"an integration of the type {integration['IntegrationType']}")
    return stacks.function_arn(integration["IntegrationUri"])
