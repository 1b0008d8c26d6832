"""Says whether a call's token is valid, and who it speaks for."""

from typing import Any

from shared.callers import OPERATE, Caller, Callers
from shared.identity import Identity, is_loopback
from shared.observability import count, logger
from shared.tokens import InvalidTokenError, bearer

OPERATIONS = "/operations/"
"""Routes under it are for operators alone."""


def authorize(event: dict[str, Any], callers: Callers, identity: Identity) -> dict[str, Any]:
    """Answers an HTTP API's question (payload 2.0, simple responses) about a call.

    What it answers depends on the token alone, so that it can be kept; but for operators' routes,
    whose authorizer keeps nothing.
    https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-lambda-authorizer.html
    """
    for_operators = _path(event).startswith(OPERATIONS)
    if for_operators and identity.open_to_loopback and is_loopback(_source(event)):
        return _allowed(Caller((OPERATE,)))
    try:
        caller = callers.identify(_token(event))
    except InvalidTokenError as error:
        return _refused(error.reason)
    if for_operators and OPERATE not in caller.scopes:
        return _refused("scope")
    return _allowed(caller)


def _allowed(caller: Caller) -> dict[str, Any]:
    return {"isAuthorized": True, "context": caller.context()}


def _refused(reason: str) -> dict[str, Any]:
    count("Refused")
    logger().info("refused", reason=reason)
    return {"isAuthorized": False}


def _path(event: dict[str, Any]) -> str:
    """Answers the path of the route as its template writes it (`GET /operations/sandbox`)."""
    return str(event.get("routeKey") or "").partition(" ")[2]


def _source(event: dict[str, Any]) -> str:
    """Answers the address that the gateway was called from: never what a header claims."""
    http = (event.get("requestContext") or {}).get("http") or {}
    return str(http.get("sourceIp") or "")


def _token(event: dict[str, Any]) -> str:
    headers = {name.lower(): value for name, value in (event.get("headers") or {}).items()}
    return bearer(headers.get("authorization", ""))
