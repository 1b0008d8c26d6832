"""Finds the document beside the code."""

from functools import cache
from pathlib import Path

from documents.serving import Document

OPENAPI = Path(__file__).with_name("openapi.json")
"""Made by `orderbus schemas` of what each service says of its part; ships with the function."""


@cache
def document() -> Document:
    """Answers the API's document as it was built."""
    return Document(OPENAPI.read_text())
