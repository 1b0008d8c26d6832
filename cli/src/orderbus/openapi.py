"""Makes the OpenAPI document of the HTTP API of what each service says of its part."""

import json
from collections.abc import Iterable, Iterator
from functools import cache
from http import HTTPStatus
from importlib.metadata import version
from pathlib import Path
from typing import Any

from pydantic import BaseModel
from pydantic.json_schema import JsonSchemaMode, models_json_schema

from documents import api as documents
from documents.wiring import OPENAPI
from inventory import api as inventory
from notifications import api as notifications
from orderbus import components
from orders import api as orders
from payments import api as payments
from shared.api import (
    ALWAYS_POSSIBLE,
    OPERATOR,
    RETRY_AFTER,
    SHOPPER_TOKEN,
    TRACKING_TOKEN,
    WEBHOOK_SIGNATURE,
    Answer,
    Header,
    Operation,
    Parameter,
    Part,
    Problem,
    Refusal,
)

PARTS = (orders.PART, notifications.PART, inventory.PART, payments.PART, documents.PART)

_ABOUT = """Place an order, follow it, call it off.

`POST /orders` answers at once; what became of stock and payment is told later, at the links that it
answers. The token that it answers opens that one order and expires. Beside this document,
`asyncapi.json` describes what is told by WebSocket, MQTT, SNS and webhooks, and
`order-update.schema.json` what is told of an order wherever it is told.

Every refusal of a service is a problem document (RFC 9457): programs go by its `type`, people by
its `detail`; clients ignore members that they don't know. What the gateway in front refuses itself
has a `message` only. Money is in minor units of an ISO 4217 currency."""

_SECURITY = {
    TRACKING_TOKEN: {
        "type": "http",
        "scheme": "bearer",
        "bearerFormat": "JWT",
        "description": "The `tracking_token` of the order's checkout: opens that one order.",
    },
    SHOPPER_TOKEN: {
        "type": "http",
        "scheme": "bearer",
        "bearerFormat": "JWT",
        "description": (
            "A JWT of the stage's OpenID Connect issuer, where it names one: opens the orders that "
            "were placed with it."
        ),
    },
    OPERATOR: {
        "type": "http",
        "scheme": "bearer",
        "bearerFormat": "JWT",
        "description": (
            "A JWT of the stage's issuer with the operators' scope; not needed for calls from the "
            "machine that the local stack runs on."
        ),
    },
    WEBHOOK_SIGNATURE: {
        "type": "apiKey",
        "in": "header",
        "name": "webhook-signature",
        "description": (
            "`v1,` and the base64 of the HMAC-SHA256, by the secret that the provider and this "
            "stage share, of `webhook-id`, `webhook-timestamp` and the body, joined by dots."
        ),
    },
}

_GATEWAY = "GatewayMessage"
_GATEWAY_SCHEMA = {
    "type": "object",
    "description": "What the gateway says by itself, before or instead of a service.",
    "properties": {"message": {"type": ["string", "null"]}},
    "required": ["message"],
}
# https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-quotas.html
_GATEWAY_ALWAYS = {
    HTTPStatus.REQUEST_HEADER_FIELDS_TOO_LARGE: "Address and headers exceed 10 KB.",
    HTTPStatus.TOO_MANY_REQUESTS: "Too many calls at once: slow down and try again.",
    HTTPStatus.INTERNAL_SERVER_ERROR: "The call failed inside; try again.",
    HTTPStatus.SERVICE_UNAVAILABLE: "No answer in time; try again.",
}
_GATEWAY_BODY = {HTTPStatus.REQUEST_ENTITY_TOO_LARGE: "The body exceeds 10 MB."}
_GATEWAY_ADDRESS = {HTTPStatus.NOT_FOUND: "An id with a slash is another address."}
_GATEWAY_TOKENS = {
    TRACKING_TOKEN: {
        HTTPStatus.UNAUTHORIZED: "There is no `Authorization` header.",
        HTTPStatus.FORBIDDEN: "The token is none, has expired, or was signed by nobody we know.",
    },
    OPERATOR: {HTTPStatus.FORBIDDEN: "The caller is no operator."},
}


def text() -> str:
    """Answers the document as it is committed."""
    return json.dumps(document(), indent=2) + "\n"


def write(path: Path = OPENAPI) -> None:
    """Writes the document to where its function ships it."""
    path.write_text(text())


def document() -> dict[str, Any]:
    """Answers the whole document."""
    return {
        "openapi": "3.1.0",
        "info": {"title": "Orderbus", "version": version("orderbus"), "description": _ABOUT},
        # Relative to this document's own address: right on every stage and behind every name.
        "servers": [{"url": "."}],
        "tags": [{"name": part.name, "description": part.description} for part in PARTS],
        "paths": _paths(),
        "components": {"schemas": _schemas(), "securitySchemes": _SECURITY},
    }


def _paths() -> dict[str, Any]:
    paths: dict[str, Any] = {}
    for part in PARTS:
        for operation in part.operations:
            paths.setdefault(operation.path, {})[operation.method] = _operation(part, operation)
    return paths


def _operation(part: Part, operation: Operation) -> dict[str, Any]:
    described: dict[str, Any] = {
        "operationId": operation.name,
        "tags": [part.name],
        "summary": operation.summary,
        "description": operation.description,
        "security": _security(operation),
        "parameters": [_parameter(parameter) for parameter in operation.parameters],
    }
    if operation.body is not None:
        examples = {name: {"value": value} for name, value in operation.body.examples.items()}
        schema = _reference(part, operation.body.model, "validation")
        content = {"application/json": {"schema": schema, "examples": examples}}
        described["requestBody"] = {"required": True, "content": content}
    return described | {"responses": _responses(part, operation)}


def _security(operation: Operation) -> list[dict[str, list[str]]]:
    """Answers what opens an operation, each by itself (an empty one: no token at all)."""
    if operation.sign_in:
        return [{}, {SHOPPER_TOKEN: []}]
    if operation.security == TRACKING_TOKEN:
        return [{TRACKING_TOKEN: []}, {SHOPPER_TOKEN: []}]
    if operation.security == OPERATOR:
        return [{OPERATOR: []}, {}]  # on the local stack's own machine
    return [] if operation.security is None else [{operation.security: []}]


def _parameter(parameter: Parameter) -> dict[str, Any]:
    described = {
        "name": parameter.name,
        "in": parameter.where,
        "required": parameter.required,
        "description": parameter.description,
        "schema": parameter.schema,
    }
    return described if parameter.example is None else described | {"example": parameter.example}


def _responses(part: Part, operation: Operation) -> dict[str, Any]:
    gateway = _of_the_gateway(operation)
    refusals = (*operation.refusals, *ALWAYS_POSSIBLE)
    responses = {answer.status: _answer(part, answer) for answer in operation.answers}
    for status in sorted({refusal.status for refusal in refusals} | set(gateway)):
        own = [refusal for refusal in refusals if refusal.status == status]
        responses[status] = _refused(part, own, gateway.get(status))
    return {str(int(status)): responses[status] for status in sorted(responses)}


def _of_the_gateway(operation: Operation) -> dict[HTTPStatus, str]:
    """Answers what the gateway may answer in place of the operation."""
    body = {} if operation.body is None else _GATEWAY_BODY
    token = _GATEWAY_TOKENS.get(operation.security or "", {})
    address = _GATEWAY_ADDRESS if "{" in operation.path else {}
    return _GATEWAY_ALWAYS | body | token | address


def _answer(part: Part, answer: Answer) -> dict[str, Any]:
    described: dict[str, Any] = {"description": answer.description}
    if answer.headers:
        described["headers"] = _headers(answer.headers)
    if answer.model is not None:
        body: dict[str, Any] = {"schema": _reference(part, answer.model, "serialization")}
        if answer.example is not None:
            body["example"] = answer.example
        described["content"] = {"application/json": body}
    return described


def _headers(headers: Iterable[Header]) -> dict[str, Any]:
    return {
        h.name: {"description": h.description, "required": h.always, "schema": h.schema}
        for h in headers
    }


def _refused(part: Part, refusals: list[Refusal], gateway: str | None) -> dict[str, Any]:
    lines = [f"- `{refusal.code}`: {refusal.when}" for refusal in refusals]
    content: dict[str, Any] = {}
    if refusals:
        choices = [_problem(part, refusal) for refusal in refusals]
        content["application/problem+json"] = {"schema": {"oneOf": choices}}
    if gateway is not None:
        lines.append(f"- by the gateway: {gateway}")
        schema = {"$ref": f"#/components/schemas/{_GATEWAY}"}
        content["application/json"] = {"schema": schema}
    described: dict[str, Any] = {"description": "\n".join(lines), "content": content}
    if any(refusal.status == HTTPStatus.SERVICE_UNAVAILABLE for refusal in refusals):
        described["headers"] = _headers([RETRY_AFTER])
    return described


def _problem(part: Part, refusal: Refusal) -> dict[str, Any]:
    """Answers the schema of one problem: its model, with what its code says of it.

    Its title is the status's phrase, which other versions of Python may word otherwise.
    """
    return {
        **_reference(part, refusal.model, "validation"),
        "properties": {
            "type": {"const": f"urn:orderbus:problem:{refusal.code}"},
            "status": {"const": int(refusal.status)},
        },
    }


def _reference(part: Part, model: type[BaseModel], mode: JsonSchemaMode) -> dict[str, Any]:
    references, _ = _generated(part)
    return dict(components.renamed(references[model, mode], part.name, _ambiguous()))


def _schemas() -> dict[str, Any]:
    found = {part.name: _generated(part)[1] for part in PARTS}
    return components.merged(found, _ambiguous()) | {_GATEWAY: _GATEWAY_SCHEMA}


@cache
def _ambiguous() -> frozenset[str]:
    return components.ambiguous([_generated(part)[1] for part in PARTS])


@cache
def _generated(part: Part) -> tuple[dict[Any, Any], dict[str, Any]]:
    """Answers how to refer to each model of a part, and the schemas of all that they consist of."""
    references, document = models_json_schema(
        list(_models(part)),
        ref_template=components.REFERENCE + "{model}",
        schema_generator=components.FullAnswers,
    )
    return dict(references), document["$defs"]


def _models(part: Part) -> Iterator[tuple[type[BaseModel], JsonSchemaMode]]:
    yield Problem, "validation"
    for operation in part.operations:
        if operation.body is not None:
            yield operation.body.model, "validation"
        for refusal in operation.refusals:
            yield refusal.model, "validation"
        for answer in operation.answers:
            if answer.model is not None:
                yield answer.model, "serialization"
