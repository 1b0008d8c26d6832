"""Whole numbers as JSON has them: 2 and 2.0 are the same one."""

from pydantic import BeforeValidator


def _whole(value: object) -> object:
    """Answers a whole number as an int, however it was written; all else as it is.

    https://json-schema.org/draft/2020-12/json-schema-core#name-mathematical-integers
    """
    return int(value) if isinstance(value, float) and value.is_integer() else value


HoweverWritten = BeforeValidator(_whole)
"""Beside `Field(strict=True)`, which refuses texts and fractions."""
