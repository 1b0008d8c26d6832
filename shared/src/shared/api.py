"""The words in which each service describes its part of the HTTP API.

Only the tools and the tests read these descriptions: `orderbus schemas` makes the OpenAPI document
of them, which is what ships. No function imports them when it runs.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from http import HTTPStatus
from typing import Any, Literal

from pydantic import BaseModel, Field

from shared.ids import UUID_PATTERN

Schema = Mapping[str, Any]
"""A JSON Schema (2020-12) as a value."""


class WrongField(BaseModel):
    """What is wrong with one field or header of a request."""

    field: str = Field(description="Its path, such as `lines.0.sku`, or the header's name.")
    detail: str


class Problem(BaseModel):
    """A refusal (RFC 9457): `type` is stable and tells programs what to do, `detail` people."""

    type: str
    title: str
    status: int
    detail: str
    errors: tuple[WrongField, ...] = ()


@dataclass(frozen=True)
class Parameter:
    """One thing of a request beside its body."""

    where: Literal["path", "query", "header"]
    name: str
    description: str
    schema: Schema
    required: bool = False
    example: str | None = None


@dataclass(frozen=True)
class Header:
    """One header of an answer."""

    name: str
    description: str
    schema: Schema
    always: bool = True


@dataclass(frozen=True)
class Answer:
    """What a call that is served gets; no model: no body."""

    status: HTTPStatus
    description: str
    model: type[BaseModel] | None
    headers: tuple[Header, ...] = ()
    example: object = None


@dataclass(frozen=True)
class Refusal:
    """One problem document: `code` is the last part of its `type`."""

    status: HTTPStatus
    code: str
    when: str
    model: type[Problem] = Problem


@dataclass(frozen=True)
class Body:
    """The JSON that a request brings."""

    model: type[BaseModel]
    examples: Mapping[str, object]


@dataclass(frozen=True)
class Operation:
    """One route: what it takes, and everything that it answers."""

    method: Literal["get", "post"]
    path: str
    name: str
    summary: str
    description: str
    answers: tuple[Answer, ...]
    refusals: tuple[Refusal, ...] = ()
    parameters: tuple[Parameter, ...] = ()
    body: Body | None = None
    security: str | None = None
    """The name of the security scheme that opens it; None: open to all.

    A tracking token's operation is opened by the shopper's own token, too.
    """
    sign_in: bool = False
    """Whether an operation that is open to all takes the shopper's own token."""

    @property
    def route(self) -> str:
        """The operation as templates write it: `GET /products`."""
        return f"{self.method.upper()} {self.path}"


TRACKING_TOKEN = "trackingToken"  # noqa: S105 - the name of a security scheme
SHOPPER_TOKEN = "shopperToken"  # noqa: S105 - likewise
WEBHOOK_SIGNATURE = "webhookSignature"
OPERATOR = "operator"

UUID: Schema = {"type": "string", "pattern": UUID_PATTERN}
RETRY_AFTER = Header(
    "Retry-After",
    "Seconds after which it is worth asking again.",
    {"type": "string", "pattern": "^[0-9]+$"},
    always=False,
)
ETAG = Header("ETag", "Names this state of what was answered.", {"type": "string"})
IF_NONE_MATCH = Parameter(
    "header",
    "If-None-Match",
    "The `ETag` of the answer that you have: nothing new is answered by 304 without a body.",
    {"type": "string"},
    example='"3"',
)
TRANSACTION = Parameter(
    "path",
    "transaction_id",
    "The order's transaction, as its checkout answered it.",
    UUID,
    required=True,
    example="6f1ed002-ab55-5b1e-9b32-5b2b4a1f4a11",
)

BODY_REFUSALS = (
    Refusal(
        HTTPStatus.REQUEST_ENTITY_TOO_LARGE,
        "body-too-large",
        "The body exceeds 64 KiB (65,536 bytes).",
    ),
    Refusal(HTTPStatus.BAD_REQUEST, "not-json", "The body is no JSON in UTF-8 (RFC 8259)."),
    Refusal(
        HTTPStatus.UNPROCESSABLE_ENTITY,
        "invalid-request",
        "Fields are missing, unknown or wrong; `errors` names each.",
    ),
)
"""Of every operation that takes a body."""

ORDER_REFUSALS = (
    Refusal(HTTPStatus.FORBIDDEN, "other-order", "The token is for other orders."),
    Refusal(HTTPStatus.FORBIDDEN, "scope", "The token does not allow this."),
)
"""Of every operation on one order."""

OPERATOR_REFUSALS = (Refusal(HTTPStatus.FORBIDDEN, "scope", "The caller is no operator."),)
"""Of every operation for operators."""

ALWAYS_POSSIBLE = (
    Refusal(
        HTTPStatus.INTERNAL_SERVER_ERROR,
        "internal",
        "Something went wrong here; it is safe to send the same request again.",
    ),
    Refusal(HTTPStatus.SERVICE_UNAVAILABLE, "busy", "Send the same request again in a second."),
)
"""Of every operation."""


@dataclass(frozen=True, eq=False)
class Part:
    """One service's part of the API."""

    name: str
    description: str
    operations: tuple[Operation, ...]
