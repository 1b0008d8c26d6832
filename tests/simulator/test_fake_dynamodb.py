"""The fake's DynamoDB answers what moto's does, to the same calls of the same clients."""

import re
from collections.abc import Sequence
from contextlib import suppress
from typing import Any

import pytest
from dynamodb_calls import MISTAKES, Call, heard, sequences, tables_of, with_a_look
from fake_aws import SURFACES, client, fake, moto
from hypothesis import given, settings
from hypothesis import strategies as st

KEY = {"pk": None}
MOTO_LETS_PASS = {
    "a batch of nothing",
    "a name that is not defined",
    "a number that is to begin a text",
    "a query by a number",
    "a query of all others",
    "a query of either",
    "a query of no index",
    "a reserved word in a key condition",
    "a set that is to be ordered",
    "a value that is not defined",
    "a value that is not used",
    "a value without any expression",
    "an index's key that is no text",
}
"""Mistakes of `MISTAKES` that moto 5.2 doesn't see, or fails at itself."""


def _of_moto(calls: Sequence[Call]) -> list[Any]:
    """Answers what moto says to these calls, as far as it gets.

    It breaks where two values are to be ordered that are of different types, and at the size of
    what has none; in a transaction it tells of that as a reason.
    """
    dynamodb = client("dynamodb")
    answers: list[Any] = []
    with moto(), suppress(TypeError, ValueError):
        for properties in tables_of(calls):
            dynamodb.create_table(**properties)
        try:
            for call in calls:
                (answer,) = heard(dynamodb, [call])
                if re.search("TypeError|ValueError", repr(answer)):
                    break
                answers.append(answer)
        finally:
            for properties in tables_of(calls):
                dynamodb.delete_table(TableName=properties["TableName"])
    return answers


def _of_the_fake(surface: str, calls: Sequence[Call]) -> list[Any]:
    with fake(surface) as made:
        for properties in tables_of(calls):
            made.cloud.dynamodb.create(properties)
        return heard(made.client("dynamodb"), calls)


def _agree(heard: Any, of_moto: Any) -> bool:  # noqa: ANN401 - whatever was heard
    """Answers whether moto told the same, but for what it is known to tell otherwise.

    It ends a transaction at an update that can't be done with a ValidationException: DynamoDB
    cancels it with a reason for each write. Of an update it tells what has changed, and a new
    item's key: DynamoDB tells all that was updated, changed or not.
    https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_TransactWriteItems.html
    https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_UpdateItem.html
    """
    if isinstance(heard, dict) and isinstance(of_moto, dict):
        told = heard.get("Attributes", {})
        changed = of_moto.get("Attributes", {}) | KEY
        rest = {**heard, "Attributes": None} == {**of_moto, "Attributes": None}
        return rest and told | changed == told | KEY
    if of_moto == ("ValidationException", None, []) and isinstance(heard, tuple):
        return heard == of_moto or "ValidationError" in [code for code, _ in heard[-1]]
    return bool(heard == of_moto)


@settings(deadline=None, max_examples=150)
@given(surface=st.sampled_from(sorted(SURFACES)), calls=sequences())
def test_the_fake_answers_as_moto_does(surface: str, calls: list[Call]) -> None:
    everything = with_a_look(calls)
    heard, of_moto = _of_the_fake(surface, everything), _of_moto(everything)
    for call, answer, expected in zip(everything, heard, of_moto, strict=False):
        assert _agree(answer, expected), (call, answer, expected)


@pytest.mark.parametrize("surface", sorted(SURFACES))
@pytest.mark.parametrize("what", MISTAKES)
def test_the_fake_refuses_what_dynamodb_refuses(what: str, surface: str) -> None:
    assert _of_the_fake(surface, [MISTAKES[what]]) == [("ValidationException", None, [])]


@pytest.mark.parametrize("what", sorted(MISTAKES.keys() - MOTO_LETS_PASS))
def test_moto_refuses_the_same(what: str) -> None:
    assert _of_moto([MISTAKES[what]]) == [("ValidationException", None, [])]
