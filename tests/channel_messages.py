"""Holds what is told on a channel, and what is said to it, against the channels' document."""

from functools import cache
from typing import Any

from formats import FORMATS
from jsonschema import Draft202012Validator

from orderbus import asyncapi


@cache
def document() -> dict[str, Any]:
    """Answers the channels' document."""
    return asyncapi.document()


def problem_with(
    message: str, payload: object, headers: dict[str, object] | None = None
) -> str | None:
    """Answers what about a message is not as documented under its name."""
    described = document()["components"]["messages"][message]
    if (headers is None) != ("headers" not in described):
        return "headers"
    wrong = _wrong(described["payload"], payload)
    return wrong if headers is None else wrong or _wrong(described["headers"], headers)


def _wrong(schema: dict[str, Any], value: object) -> str | None:
    whole = {**schema, "components": document()["components"]}
    errors = Draft202012Validator(whole, format_checker=FORMATS).iter_errors(value)
    return next((error.message for error in errors), None)
