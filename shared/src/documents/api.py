"""The documents' own part of the HTTP API."""

from http import HTTPStatus

from pydantic import BaseModel, ConfigDict, Field

from shared.api import ETAG, IF_NONE_MATCH, Answer, Operation, Part


class OpenApi(BaseModel):
    """An OpenAPI document (https://spec.openapis.org/oas/v3.1.0)."""

    model_config = ConfigDict(extra="allow")

    openapi: str
    info: dict[str, object]
    paths: dict[str, object]


class AsyncApi(BaseModel):
    """An AsyncAPI document (https://www.asyncapi.com/docs/reference/specification/v3.0.0)."""

    model_config = ConfigDict(extra="allow")

    asyncapi: str
    info: dict[str, object]
    channels: dict[str, object]
    operations: dict[str, object]


class JsonSchema(BaseModel):
    """A JSON Schema (https://json-schema.org/draft/2020-12/schema)."""

    model_config = ConfigDict(extra="allow")

    dialect: str = Field(alias="$schema")
    identity: str = Field(alias="$id")


def _get(path: str, name: str, summary: str, description: str, model: type[BaseModel]) -> Operation:
    return Operation(
        method="get",
        path=path,
        name=name,
        summary=summary,
        description=description,
        parameters=(IF_NONE_MATCH,),
        answers=(
            Answer(HTTPStatus.OK, "The document.", model, (ETAG,)),
            Answer(HTTPStatus.NOT_MODIFIED, "It is as you have it.", None, (ETAG,)),
        ),
    )


GET_OPENAPI = _get(
    "/openapi.json",
    "getOpenapi",
    "Read this document",
    "Answers the document of the stage that is called.",
    OpenApi,
)
GET_ASYNCAPI = _get(
    "/asyncapi.json",
    "getAsyncapi",
    "Read of the channels",
    "Answers what is sent by WebSocket, MQTT, SNS and webhooks, and what a WebSocket takes.",
    AsyncApi,
)
GET_ORDER_UPDATE_SCHEMA = _get(
    "/order-update.schema.json",
    "getOrderUpdateSchema",
    "Read what an update is",
    "Answers the JSON Schema of what every channel carries of an order.",
    JsonSchema,
)

PART = Part(
    "documents",
    "This document, and those beside it.",
    (GET_OPENAPI, GET_ASYNCAPI, GET_ORDER_UPDATE_SCHEMA),
)
