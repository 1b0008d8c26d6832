"""The document's own part of the HTTP API."""

from http import HTTPStatus

from pydantic import BaseModel, ConfigDict

from shared.api import ETAG, IF_NONE_MATCH, Answer, Operation, Part


class OpenApi(BaseModel):
    """An OpenAPI document (https://spec.openapis.org/oas/v3.1.0)."""

    model_config = ConfigDict(extra="allow")

    openapi: str
    info: dict[str, object]
    paths: dict[str, object]


GET_OPENAPI = Operation(
    method="get",
    path="/openapi.json",
    name="getOpenapi",
    summary="Read this document",
    description="Answers the document of the stage that is called.",
    parameters=(IF_NONE_MATCH,),
    answers=(
        Answer(HTTPStatus.OK, "This document.", OpenApi, (ETAG,)),
        Answer(HTTPStatus.NOT_MODIFIED, "It is as you have it.", None, (ETAG,)),
    ),
)

PART = Part("documents", "This document.", (GET_OPENAPI,))
