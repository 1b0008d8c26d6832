"""The contracts as committed: schemas, and a stored sample of every event ever published."""

import copy
import json
from typing import Any

import pytest
from jsonschema import Draft202012Validator

from orderbus import schemas
from shared.errors import MalformedError
from shared.events import CATALOGUE, SOURCE_PREFIX, Envelope, EventData, parse

EVENTS = [(service, model) for service, models in CATALOGUE.items() for model in models]
PERSONAL = ("email", "phone", "address", "card", "token", "first", "last", "street", "birth")

every_event = pytest.mark.parametrize(
    ("service", "model"), EVENTS, ids=[f"{s}.{m.__name__}" for s, m in EVENTS]
)


def _sample(service: str, model: type[EventData]) -> dict[str, Any]:
    path = schemas.FOLDER / service / f"{model.__name__}.v{model.SCHEMA_VERSION}.sample.json"
    return dict(json.loads(path.read_text()))


def _parsed(service: str, model: type[EventData], detail: dict[str, Any]) -> Envelope:
    source = SOURCE_PREFIX + service
    return parse({"source": source, "detail-type": model.__name__, "detail": detail})


def test_the_committed_schemas_are_what_the_contracts_say() -> None:
    committed = {p: (schemas.FOLDER / p).read_text() for p in schemas.written()}
    assert committed == schemas.documents(), "run: .venv/bin/orderbus schemas"


def test_every_stored_sample_belongs_to_an_event() -> None:
    stored = {(p.parent.name, p.name.split(".")[0]) for p in schemas.FOLDER.glob("*/*.sample.json")}
    assert stored == {(service, model.__name__) for service, model in EVENTS}


@every_event
def test_a_stored_sample_is_valid_by_its_schema(service: str, model: type[EventData]) -> None:
    schema = schemas.schema(service, model)
    Draft202012Validator.check_schema(schema)
    checker = Draft202012Validator.FORMAT_CHECKER
    Draft202012Validator(schema, format_checker=checker).validate(_sample(service, model))


@every_event
def test_a_stored_sample_is_still_understood(service: str, model: type[EventData]) -> None:
    sample = _sample(service, model)
    envelope = _parsed(service, model, sample)
    assert type(envelope.data) is model
    assert envelope.detail_document() == sample


@every_event
def test_fields_that_nobody_knows_yet_are_ignored(service: str, model: type[EventData]) -> None:
    sample = _sample(service, model)
    newer = copy.deepcopy(sample)
    newer["metadata"]["added_later"] = newer["data"]["added_later"] = {"by": "somebody"}
    assert _parsed(service, model, newer) == _parsed(service, model, sample)
    Draft202012Validator(schemas.schema(service, model)).validate(newer)


@every_event
def test_an_event_without_a_field_that_it_must_have_is_malformed(
    service: str, model: type[EventData]
) -> None:
    for name, field in model.model_fields.items():
        if field.is_required():
            lacking = _sample(service, model)
            del lacking["data"][name]
            with pytest.raises(MalformedError, match=name):
                _parsed(service, model, lacking)


@every_event
def test_no_field_of_an_event_is_made_for_personal_data(
    service: str, model: type[EventData]
) -> None:
    document = schemas.schema(service, model)
    parts = [document["properties"]["data"], *document["$defs"].values()]
    names = [name for part in parts for name in part.get("properties", {})]
    assert not [name for name in names if set(PERSONAL) & set(name.split("_"))]
