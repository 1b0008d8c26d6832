"""The HTTP API: routes, authorizers and integrations as the templates declare them."""

import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from simulator import stacks
from simulator.aws.errors import UnsupportedError
from simulator.functions import Function
from simulator.invocations import WorkerDied

Invoke = Callable[[Function, dict[str, Any]], Any]
GATEWAY_SECONDS = 30.0


@dataclass(frozen=True)
class Answer:
    """What a client gets."""

    status: int
    body: str = ""


@dataclass(frozen=True)
class Route:
    """One route: what it matches, who guards it, which function serves it, for how long."""

    method: str
    path: re.Pattern[str]
    authorizer: Function | None
    function: Function
    timeout: float


class HttpApi:
    """All routes of one API."""

    def __init__(
        self, api: str, functions: dict[str, Function], invoke: Invoke, now: Callable[[], float]
    ) -> None:
        self._invoke = invoke
        self._now = now
        authorizers = {
            resource.name: functions[stacks.function_arn(resource.properties["AuthorizerUri"])]
            for resource in stacks.of_api("AWS::ApiGatewayV2::Authorizer", api)
        }
        integrations = {
            resource.name: resource.properties
            for resource in stacks.of_api("AWS::ApiGatewayV2::Integration", api)
        }
        self.routes = tuple(
            _route(resource.properties, integrations, authorizers, functions)
            for resource in stacks.of_api("AWS::ApiGatewayV2::Route", api)
        )

    def request(
        self, method: str, path: str, headers: dict[str, str] | None = None, body: str = ""
    ) -> Answer:
        """Answers what the gateway answers; whatever a function does wrong is a 5xx."""
        for route in self.routes:
            found = route.path.fullmatch(path)
            if route.method == method and found is not None:
                return self._serve(route, found.groupdict(), headers or {}, body)
        return Answer(404)

    def _serve(
        self, route: Route, path: dict[str, str], headers: dict[str, str], body: str
    ) -> Answer:
        context: dict[str, Any] = {}
        began = self._now()
        try:
            if route.authorizer is not None:
                if "authorization" not in headers:
                    return Answer(401)
                said = self._invoke(route.authorizer, {"headers": headers})
                if not said["isAuthorized"]:
                    return Answer(403)
                context = {"authorizer": {"lambda": said.get("context", {})}}
            event = {
                "pathParameters": path,
                "headers": headers,
                "requestContext": context,
                "body": body,
            }
            answer = self._invoke(route.function, event)
        except (WorkerDied, Exception):  # noqa: BLE001 - the gateway's own answer to it
            return Answer(500)
        if self._now() - began > route.timeout:
            return Answer(503)
        return Answer(int(answer["statusCode"]), answer.get("body", ""))


def _route(
    properties: Any,  # noqa: ANN401 - a route's resolved properties
    integrations: dict[str, Any],
    authorizers: dict[str, Function],
    functions: dict[str, Function],
) -> Route:
    method, _, path = properties["RouteKey"].partition(" ")
    integration = integrations[properties["Target"].removeprefix("integrations/")]
    guard = properties.get("AuthorizationType", "NONE")
    if guard not in {"NONE", "CUSTOM"}:
        raise UnsupportedError(f"a route that is guarded by {guard}")
    return Route(
        method,
        re.compile(re.sub(r"\\{(\w+)\\}", r"(?P<\1>[^/]+)", re.escape(path))),
        authorizers[properties["AuthorizerId"]] if guard == "CUSTOM" else None,
        functions[integration["IntegrationUri"]],
        integration.get("TimeoutInMillis", GATEWAY_SECONDS * 1000) / 1000,
    )
