"""Finds the documents beside the code."""

from functools import cache
from pathlib import Path

from documents.serving import Document

# Made by `orderbus schemas` of what each service says of its part; they ship with the functions.
OPENAPI = Path(__file__).with_name("openapi.json")
ASYNCAPI = Path(__file__).with_name("asyncapi.json")
ORDER_UPDATE = Path(__file__).with_name("order-update.schema.json")


@cache
def openapi() -> Document:
    """Answers the document of the HTTP API as it was built."""
    return Document(OPENAPI.read_text())


@cache
def asyncapi() -> Document:
    """Answers the document of the channels as it was built."""
    return Document(ASYNCAPI.read_text())


@cache
def order_update() -> Document:
    """Answers the schema of an order's update as it was built."""
    return Document(ORDER_UPDATE.read_text())
