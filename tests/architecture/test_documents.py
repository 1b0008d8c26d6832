"""Generated documents say what the templates say."""

from orderbus import functions


def test_the_table_of_functions_is_what_the_templates_say() -> None:
    assert functions.PAGE.read_text() == functions.page(), "run: .venv/bin/orderbus docs"
