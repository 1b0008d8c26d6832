"""HTTP as the services see it: a request, a response, and problems (RFC 9457)."""

import base64
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from http import HTTPStatus
from typing import Any, TypeVar

from pydantic import BaseModel, ValidationError

from shared.callers import Caller
from shared.problems import FieldError, ProblemError, Response

__all__ = [
    "FieldError",
    "ProblemError",
    "Request",
    "Response",
    "answer_of",
    "request_of",
    "validated",
]

LARGEST_BODY = 64 * 1024
"""Far above any cart; checked before the body is parsed."""


Body = TypeVar("Body", bound=BaseModel)


@dataclass(frozen=True)
class Request:
    """One call of the HTTP API (header names in lower case)."""

    path: Mapping[str, str] = field(default_factory=dict)
    query: Mapping[str, str] = field(default_factory=dict)
    headers: Mapping[str, str] = field(default_factory=dict)
    body: bytes = b""
    claims: Mapping[str, str] = field(default_factory=dict)
    """What the authorizer says of the caller: `scope`, and `transaction_id` or `customer`."""

    @property
    def caller(self) -> Caller:
        """Who calls, as the authorizer says; on a route without one: somebody who may nothing."""
        return Caller.from_context(self.claims)

    def parsed(self, model: type[Body]) -> Body:
        """Answers the JSON body as `model`; raises a ProblemError that names each wrong field."""
        if len(self.body) > LARGEST_BODY:
            raise ProblemError(
                HTTPStatus.REQUEST_ENTITY_TOO_LARGE,
                "body-too-large",
                f"The body has {len(self.body)} bytes; at most {LARGEST_BODY} are taken.",
            )
        try:
            document = json.loads(self.body.decode(), parse_constant=_no_constant)
        except (ValueError, RecursionError) as error:
            raise ProblemError(
                HTTPStatus.BAD_REQUEST, "not-json", "The body is not valid JSON (UTF-8)."
            ) from error
        return validated(model, document)

    def has_already(self, etag: str) -> bool:
        """Says whether the caller has what `etag` names (`If-None-Match`, compared weakly).

        https://www.rfc-editor.org/rfc/rfc9110#name-if-none-match
        """
        named = self.headers.get("if-none-match", "").split(",")
        return not {etag, "*"}.isdisjoint(name.strip().removeprefix("W/") for name in named)

    def own_transaction(self, scope: str) -> str:
        """Answers the transaction in the path; raises a ProblemError (403) for another's.

        A signed-in shopper's orders are known by their owner alone: once the order is read, the
        handler must ask `caller.check_owner`, too.
        """
        wanted = self.path["transaction_id"]
        self.caller.check(wanted, scope)
        return wanted


def _no_constant(name: str) -> object:
    """Refuses NaN and the infinities, which Python reads and RFC 8259 doesn't know."""
    raise ValueError(f"{name} is no JSON")


def validated(model: type[Body], document: object) -> Body:
    """Answers the document as `model`; raises a ProblemError (422) naming each wrong field."""
    try:
        return model.model_validate(document)
    except ValidationError as error:
        wrong = tuple(
            FieldError(".".join(str(part) for part in e["loc"]) or "(body)", e["msg"])
            for e in error.errors(include_input=False, include_url=False, include_context=False)
        )
        raise ProblemError(
            HTTPStatus.UNPROCESSABLE_ENTITY,
            "invalid-request",
            f"{len(wrong)} field(s) are missing or wrong; `errors` names each.",
            errors=wrong,
        ) from error


def request_of(event: Mapping[str, Any]) -> Request:
    """Answers the request in an HTTP API event (payload format 2.0).

    https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-develop-integrations-lambda.html
    """
    authorizer = event.get("requestContext", {}).get("authorizer") or {}
    return Request(
        path=_texts(event.get("pathParameters")),
        query=_texts(event.get("queryStringParameters")),
        headers={k.lower(): v for k, v in _texts(event.get("headers")).items()},
        body=_body_of(event),
        claims=authorizer.get("lambda") or {},
    )


def _texts(values: Mapping[str, str] | None) -> dict[str, str]:
    """Answers texts that UTF-8 can hold: JSON's escapes may name halves of characters."""
    return {k: v.encode(errors="replace").decode() for k, v in (values or {}).items()}


def _body_of(event: Mapping[str, Any]) -> bytes:
    body = event.get("body") or ""
    if not event.get("isBase64Encoded"):
        # What can't be written in UTF-8 becomes what can't be read in it: a bad request.
        return str(body).encode(errors="surrogatepass")
    try:
        return base64.b64decode(body, validate=True)
    except ValueError:
        return b""


def answer_of(response: Response) -> dict[str, Any]:
    """Answers the response in the form that an HTTP API takes (payload format 2.0)."""
    headers = {"cache-control": "no-store"} | dict(response.headers)
    if response.document is None:
        return {"statusCode": int(response.status), "headers": headers, "body": ""}
    return {
        "statusCode": int(response.status),
        "headers": {"content-type": "application/json"} | headers,
        "body": json.dumps(response.document, separators=(",", ":")),
    }
