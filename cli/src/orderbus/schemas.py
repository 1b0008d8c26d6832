"""Exports the contracts as JSON Schemas: one document for the whole `detail` of each event."""

import json
from pathlib import Path
from typing import Any

from local_stack.project import ROOT
from shared.events import CATALOGUE, EventData, Metadata

FOLDER = ROOT / "shared" / "schemas"
DIALECT = "https://json-schema.org/draft/2020-12/schema"


def documents() -> dict[Path, str]:
    """Answers every schema's text by its path in the folder."""
    return {
        Path(service) / f"{model.detail_type()}.v{model.SCHEMA_VERSION}.json": _text(service, model)
        for service, models in CATALOGUE.items()
        for model in models
    }


def write(folder: Path = FOLDER) -> None:
    """Writes every schema, and removes those of events that are no more."""
    wanted = documents()
    for path in written(folder) - set(wanted):
        (folder / path).unlink()
    for path, text in wanted.items():
        (folder / path).parent.mkdir(parents=True, exist_ok=True)
        (folder / path).write_text(text)


def written(folder: Path = FOLDER) -> set[Path]:
    """Answers the paths of the schemas in the folder; stored samples are none."""
    return {
        path.relative_to(folder)
        for path in folder.glob("*/*.json")
        if not path.name.endswith(".sample.json")
    }


def _text(service: str, model: type[EventData]) -> str:
    return json.dumps(schema(service, model), indent=2, sort_keys=True) + "\n"


def schema(service: str, model: type[EventData]) -> dict[str, Any]:
    """Answers the schema of an event's `detail`; fields that it doesn't name are allowed."""
    definitions: dict[str, Any] = {}
    parts: dict[str, Any] = {"metadata": Metadata, "data": model}
    properties = {}
    for name, part in parts.items():
        document = part.model_json_schema(ref_template="#/$defs/{model}")
        definitions |= document.pop("$defs", {})
        properties[name] = document
    return {
        "$schema": DIALECT,
        "$id": f"urn:orderbus:schema:{service}:{model.detail_type()}:v{model.SCHEMA_VERSION}",
        "title": model.detail_type(),
        "description": model.__doc__,
        "type": "object",
        "properties": properties,
        "required": sorted(properties),
        "$defs": definitions,
    }
