"""The contracts as committed: schemas, and a stored sample of every event ever published."""

import copy
import json
from typing import Any

import pytest
from formats import FORMATS
from jsonschema import Draft202012Validator, ValidationError

from orderbus import schemas
from shared.errors import MalformedError
from shared.events import CATALOGUE, SOURCE_PREFIX, Envelope, EventData, parse

EVENTS = [(service, model) for service, models in CATALOGUE.items() for model in models]
REQUIRED = [
    pytest.param(service, model, name, id=f"{service}.{model.__name__}.{name}")
    for service, model in EVENTS
    for name, field in model.model_fields.items()
    if field.is_required()
]
PERSONAL = (
    "email",
    "mail",
    "phone",
    "address",
    "card",
    "token",
    "first",
    "last",
    "street",
    "birth",
)

every_event = pytest.mark.parametrize(
    ("service", "model"), EVENTS, ids=[f"{s}.{m.__name__}" for s, m in EVENTS]
)


def _validator(service: str, model: type[EventData]) -> Draft202012Validator:
    return Draft202012Validator(schemas.schema(service, model), format_checker=FORMATS)


def _formats(part: object) -> set[str]:
    """Answers every format that a part of a schema names."""
    if isinstance(part, list):
        return set().union(*map(_formats, part))
    if not isinstance(part, dict):
        return set()
    named = part.get("format")
    return set().union({named} if isinstance(named, str) else (), *map(_formats, part.values()))


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
    Draft202012Validator.check_schema(schemas.schema(service, model))
    _validator(service, model).validate(_sample(service, model))


@every_event
def test_every_format_that_a_schema_names_is_checked(service: str, model: type[EventData]) -> None:
    assert _formats(schemas.schema(service, model)) <= set(FORMATS.checkers)


@every_event
@pytest.mark.parametrize("time", ["yesterday", "2026-11-23", "2026-11-23T10:00:00"])
def test_a_time_that_is_none_or_has_no_zone_is_refused_by_the_schema(
    service: str, model: type[EventData], time: str
) -> None:
    sample = _sample(service, model)
    sample["metadata"]["occurred_at"] = time
    with pytest.raises(ValidationError, match="date-time"):
        _validator(service, model).validate(sample)


@every_event
def test_a_stored_sample_is_still_understood(service: str, model: type[EventData]) -> None:
    sample = _sample(service, model)
    envelope = _parsed(service, model, sample)
    assert type(envelope.data) is model
    assert envelope.document == sample


@every_event
def test_fields_that_nobody_knows_yet_are_ignored(service: str, model: type[EventData]) -> None:
    sample = _sample(service, model)
    newer = copy.deepcopy(sample)
    newer["metadata"]["added_later"] = newer["data"]["added_later"] = {"by": "somebody"}
    assert _parsed(service, model, newer) == _parsed(service, model, sample)
    _validator(service, model).validate(newer)


@pytest.mark.parametrize(("service", "model", "name"), REQUIRED)
def test_an_event_without_a_field_that_it_must_have_is_malformed(
    service: str, model: type[EventData], name: str
) -> None:
    lacking = _sample(service, model)
    del lacking["data"][name]
    with pytest.raises(MalformedError, match=name):
        _parsed(service, model, lacking)
    with pytest.raises(ValidationError, match=name):
        _validator(service, model).validate(lacking)


@every_event
def test_no_field_of_an_event_is_made_for_personal_data(
    service: str, model: type[EventData]
) -> None:
    document = schemas.schema(service, model)
    parts = [*document["properties"].values(), *document["$defs"].values()]
    names = [name for part in parts for name in part.get("properties", {})]
    assert not [name for name in names if set(PERSONAL) & set(name.split("_"))]
