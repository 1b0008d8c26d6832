"""Makes the JSON Schema of the update: what every channel carries of an order."""

import json
from pathlib import Path
from typing import Any

from documents.wiring import ORDER_UPDATE
from notifications.channels.models import Update
from orderbus import components
from orderbus.schemas import DIALECT


def text() -> str:
    """Answers the schema as it is committed."""
    return json.dumps(document(), indent=2) + "\n"


def write(path: Path = ORDER_UPDATE) -> None:
    """Writes the schema to where its function ships it."""
    path.write_text(text())


def document() -> dict[str, Any]:
    """Answers the schema; members that it doesn't name are allowed, and to be ignored."""
    schema = Update.model_json_schema(mode="serialization", schema_generator=components.Explained)
    return {"$schema": DIALECT, "$id": "urn:orderbus:schema:order-update", **schema}
