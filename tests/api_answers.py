"""Holds what a function answers against the API's document."""

import json
from functools import cache
from typing import Any

from jsonschema import Draft202012Validator

from orderbus import openapi


@cache
def document() -> dict[str, Any]:
    """Answers the API's document."""
    return openapi.document()


def problem_with(route: str, answer: dict[str, Any]) -> str | None:
    """Answers what about an answer (payload format 2.0) is not as documented for its route."""
    method, path = route.split(" ")
    responses = document()["paths"][path][method.lower()]["responses"]
    documented = responses.get(str(answer["statusCode"]))
    if documented is None:
        return f"status {answer['statusCode']}"
    for name, header in documented.get("headers", {}).items():
        if header["required"] and name.lower() not in answer["headers"]:
            return f"no header {name}"
    kind = answer["headers"].get("content-type")
    if kind is None:
        return f"body {answer['body']}" if answer["body"] or "content" in documented else None
    return _wrong(documented.get("content", {}).get(kind), answer["body"])


def _wrong(content: dict[str, Any] | None, body: str) -> str | None:
    if content is None:
        return "content type"
    schema = {**content["schema"], "components": document()["components"]}
    return next(
        (e.message for e in Draft202012Validator(schema).iter_errors(json.loads(body))), None
    )
