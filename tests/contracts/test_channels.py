"""The document of the channels: valid in form, complete by docs/following.md, true by example."""

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from channel_messages import document, problem_with
from events import confirmed, placed
from fakes_shared import TRANSACTION
from formats import FORMATS
from jsonschema import Draft7Validator, Draft202012Validator
from project import ROOT

from documents.wiring import ASYNCAPI, OPENAPI, ORDER_UPDATE
from notifications.domain.update import update
from notifications.frames import document as told
from orderbus import asyncapi, order_update, schemas

OFFICIAL = ROOT / "tests/npm/node_modules/@asyncapi/specs/schemas/3.0.0.json"
FOLLOWING = (ROOT / "docs" / "following.md").read_text()
MESSAGES = document()["components"]["messages"]
SCHEMAS = document()["components"]["schemas"]
EXAMPLES = [
    pytest.param(name, example, id=f"{name}.{example['name']}")
    for name, message in MESSAGES.items()
    for example in message["examples"]
]
WHOLE = [*(schemas.FOLDER / path for path in sorted(schemas.written())), ORDER_UPDATE]
"""The files that are one JSON Schema each."""


@pytest.mark.parametrize("made", [asyncapi, order_update])
def test_the_committed_documents_are_what_the_models_say(made: Any) -> None:  # noqa: ANN401
    path = ASYNCAPI if made is asyncapi else ORDER_UPDATE
    assert path.read_text() == made.text(), "run: .venv/bin/orderbus schemas"


def _official() -> Draft7Validator:
    assert OFFICIAL.exists(), "run: npm ci --prefix tests/npm"
    return Draft7Validator(json.loads(OFFICIAL.read_text()))


def test_the_document_is_valid_by_the_official_schema() -> None:
    errors = _official().iter_errors(json.loads(ASYNCAPI.read_text()))
    assert [(error.json_path, error.message) for error in errors] == []


def test_the_official_schema_is_one_that_refuses() -> None:
    wrong = document() | {"operations": {"tell": {"action": "shout"}}}
    assert not _official().is_valid(wrong)


def _references(part: object) -> Iterator[str]:
    if isinstance(part, list):
        for value in part:
            yield from _references(value)
    elif isinstance(part, dict):
        if isinstance(part.get("$ref"), str):
            yield part["$ref"]
        for value in part.values():
            yield from _references(value)


def _found(reference: str) -> Any:  # noqa: ANN401 - any part of the document
    part = document()
    for name in reference.removeprefix("#/").split("/"):
        part = part[name]
    return part


def test_every_reference_leads_to_something() -> None:
    for reference in _references(document()):
        assert _found(reference), reference


def test_every_operation_speaks_of_its_own_channels_messages_and_every_message_is_spoken_of() -> (
    None
):
    spoken_of = set()
    for operation in document()["operations"].values():
        reply = operation.get("reply", {})
        said = [*operation["messages"], *reply.get("messages", [])]
        spoken_of |= {message["$ref"] for message in said}
        own = f"{operation['channel']['$ref']}/messages/"
        assert all(message["$ref"].startswith(own) for message in said)
    there = {
        f"#/channels/{channel}/messages/{name}"
        for channel, described in document()["channels"].items()
        for name in described["messages"]
    }
    assert spoken_of == there
    assert {reference.rsplit("/", 1)[1] for reference in there} == set(MESSAGES)


def _names(address: str | None) -> set[str]:
    return set(re.findall(r"{(\w+)}", address or ""))


def test_every_part_of_an_address_is_explained_and_no_other() -> None:
    for channel in document()["channels"].values():
        assert _names(channel["address"]) == set(channel.get("parameters", {}))
    for server in document()["servers"].values():
        assert _names(server["host"] + server.get("pathname", "")) == set(server["variables"])


def test_every_security_scheme_opens_something() -> None:
    schemes = set(_references([*document()["servers"].values(), document()["operations"]]))
    for name in document()["components"]["securitySchemes"]:
        assert f"#/components/securitySchemes/{name}" in schemes


@pytest.mark.parametrize(("message", "example"), EXAMPLES)
def test_every_example_is_as_documented(message: str, example: dict[str, Any]) -> None:
    assert problem_with(message, example["payload"], example.get("headers")) is None


@pytest.mark.parametrize(("message", "example"), EXAMPLES)
def test_an_example_without_a_member_that_it_must_have_is_not_as_documented(
    message: str, example: dict[str, Any]
) -> None:
    described = SCHEMAS[MESSAGES[message]["payload"]["$ref"].rsplit("/", 1)[1]]
    assert described["required"]
    for name in described["required"]:
        lacking = {key: value for key, value in example["payload"].items() if key != name}
        assert problem_with(message, lacking, example.get("headers")) is not None


def test_headers_are_documented_where_there_are_some_and_nowhere_else() -> None:
    assert problem_with("webhook", {}, None) == "headers"
    assert problem_with("ping", {"action": "ping"}, {"a": "b"}) == "headers"


def _constants(member: str) -> set[str]:
    """Answers what a member of some message is always set to."""
    found = (schema.get("properties", {}).get(member, {}) for schema in SCHEMAS.values())
    return {schema["const"] for schema in found if "const" in schema}


def test_every_frame_that_the_page_shows_is_documented_and_no_other() -> None:
    assert _constants("action") == set(re.findall(r'"action": "([a-z]+)"', FOLLOWING))
    assert _constants("type") == set(re.findall(r'"type": "([a-z.]+)"', FOLLOWING))


def test_every_code_that_the_page_names_is_documented_and_no_other() -> None:
    (line,) = re.findall(r"^Codes: (.*?)\.\n", FOLLOWING, re.MULTILINE | re.DOTALL)
    properties = SCHEMAS["Error"]["properties"]
    reasons = {
        reason for choice in properties["reason"]["anyOf"] for reason in choice.get("enum", [])
    }
    assert set(re.findall(r"`([a-z_-]+)`", line)) == {
        *properties["code"]["enum"],
        "reason",
        *reasons,
    }


def test_the_channels_are_those_that_the_page_names() -> None:
    channels = document()["channels"]
    assert channels["sns"]["address"].replace("{stage}", "<stage>") in FOLLOWING
    for header in SCHEMAS["WebhookHeaders"]["properties"]:
        assert f"\n{header}: " in FOLLOWING
    for attribute in SCHEMAS["OrderAttributes"]["properties"]:
        assert f"`{attribute}`" in FOLLOWING


def _answered() -> Any:  # noqa: ANN401 - JSON
    return told(update(TRANSACTION, (placed(("A", 1)), confirmed()), after=0))


def test_what_is_answered_of_an_order_is_an_update_by_its_schema() -> None:
    schema = json.loads(ORDER_UPDATE.read_text())
    validator = Draft202012Validator(schema, format_checker=FORMATS)
    validator.validate(_answered())
    assert problem_with("retainedUpdate", _answered()) is None
    for name in _answered():
        lacking = {key: value for key, value in _answered().items() if key != name}
        assert not validator.is_valid(lacking), name


def test_an_update_is_the_same_in_the_schema_and_in_the_document() -> None:
    alone = json.loads(ORDER_UPDATE.read_text().replace("#/$defs/", "#/components/schemas/"))
    own = {key: value for key, value in alone.items() if not key.startswith("$")}
    assert SCHEMAS["Update"] == own
    assert {name: SCHEMAS[name] for name in alone["$defs"]} == alone["$defs"]


@pytest.mark.parametrize("path", WHOLE, ids=lambda path: str(path.name))
def test_every_committed_schema_is_a_valid_one(path: Path) -> None:
    schema = json.loads(path.read_text())
    assert schema["$schema"] == schemas.DIALECT
    Draft202012Validator.check_schema(schema)


@pytest.mark.parametrize("path", [OPENAPI, ASYNCAPI], ids=lambda path: str(path.name))
def test_every_schema_within_a_document_is_a_valid_one(path: Path) -> None:
    found = json.loads(path.read_text())["components"]["schemas"]
    for schema in found.values():
        Draft202012Validator.check_schema(schema)
        # What AsyncAPI takes when nothing else is said, and what its tools know best.
        Draft7Validator.check_schema(schema)
