"""The formats that JSON Schemas name, checked.

jsonschema passes over formats that it has no checker for, and brings none for date-time.
"""

import re
from datetime import datetime

from jsonschema import FormatChecker

FORMATS = FormatChecker(formats=())


@FORMATS.checks("date-time", raises=ValueError)
def _is_date_time(value: object) -> bool:
    """Answers whether this is a time by RFC 3339 (or no text, which is for `type` to refuse)."""
    if not isinstance(value, str):
        return True
    datetime.fromisoformat(value)
    shape = r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?(Z|[+-]\d\d:\d\d)"
    return re.fullmatch(shape, value) is not None
