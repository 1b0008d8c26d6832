"""What DynamoDB checks of a request's expressions before it looks at any item.

Whoever gets past these knows that names and values are all there, all used and of the right types.
https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/Expressions.html
"""

import operator
from collections.abc import Callable, Iterator, Mapping
from functools import lru_cache, partial
from typing import Any

from moto.dynamodb.parsing.reserved_keywords import ReservedKeywords

from simulator.aws.errors import AwsError
from simulator.aws.expressions import compiled_condition, compiled_projection, compiled_update
from simulator.aws.facts import Facts
from simulator.aws.values import Item

NAMES, VALUES = "ExpressionAttributeNames", "ExpressionAttributeValues"
_COMPILED: dict[str, Any] = {
    "ConditionExpression": compiled_condition,
    "FilterExpression": compiled_condition,
    "KeyConditionExpression": compiled_condition,
    "ProjectionExpression": compiled_projection,
    "UpdateExpression": compiled_update,
}


def check(parameters: Mapping[str, Any]) -> None:
    """Refuses expressions that can't be right, whatever the item."""
    texts = tuple((field, parameters[field]) for field in _COMPILED if field in parameters)
    names, values = parameters.get(NAMES), parameters.get(VALUES)
    if texts or names is not None or values is not None:
        if names == {} or values == {}:
            raise _invalid(f"{NAMES} and {VALUES} must not be empty")
        kinds = ((name, next(iter(value))) for name, value in (values or {}).items())
        _check(texts, tuple((names or {}).items()), tuple(kinds))


# Callers use few texts, with the same names, and values of the same types, again and again.
@lru_cache(maxsize=1024)
def _check(
    texts: tuple[tuple[str, str], ...],
    names: tuple[tuple[str, str], ...],
    kinds: tuple[tuple[str, str], ...],
) -> None:
    every: list[Facts] = [_COMPILED[field](text)[1] for field, text in texts]
    for what, given, used in (
        (NAMES, dict(names), set().union(*(facts.names for facts in every))),
        (VALUES, dict(kinds), set().union(*(facts.values for facts in every))),
    ):
        if given.keys() != used:
            raise _invalid(f"{what}: not used or not defined: {sorted(given.keys() ^ used)}")
    for facts in every:
        _check_alone(facts, dict(names), dict(kinds))


def _check_alone(facts: Facts, names: Mapping[str, str], kinds: Mapping[str, str]) -> None:
    for name in facts.bare:
        if name.upper() in _reserved():
            raise _invalid(f"Attribute name is a reserved keyword; reserved keyword: {name}")
    for symbol, value, allowed in facts.typed:
        if kinds[value] not in allowed:
            raise _invalid(f"Incorrect operand type; operator: {symbol}, type: {kinds[value]}")
    if len(_named(facts, names)) < len(facts.targets):
        raise _invalid("Two document paths overlap with each other")


@lru_cache(maxsize=1)
def _reserved() -> frozenset[str]:
    return frozenset(ReservedKeywords.get_reserved_keywords())


def _named(facts: Facts, names: Mapping[str, str]) -> set[str]:
    return {names.get(name, name) for name in facts.targets}


def targets(compiled: tuple[object, Facts], names: Mapping[str, str]) -> set[str]:
    """Answers the attributes that an update writes, or a projection shows."""
    return _named(compiled[1], names)


Matches = Callable[[Item], bool]
_HOLDS: dict[str, Callable[[str, str], bool]] = {
    "=": operator.eq,
    "<": operator.lt,
    "<=": operator.le,
    ">": operator.gt,
    ">=": operator.ge,
    "begins_with": str.startswith,
}


def check_key_condition(
    parameters: Mapping[str, Any], keys: tuple[str, ...]
) -> tuple[str, Matches]:
    """Answers the hash value that a query asks for, and which items it wants.

    Refuses what is no condition of its keys, all of which are texts.
    """
    facts = compiled_condition(parameters["KeyConditionExpression"])[1]
    compared = list(_compared(facts, parameters.get(NAMES, {})))
    asked = [name for name, _, _ in compared]
    if not facts.conjunction or len(set(asked)) < len(asked) or not set(asked) <= set(keys):
        raise _invalid("Query key condition not supported")
    wanted = [value for name, symbol, value in compared if (name, symbol) == (keys[0], "=")]
    if not wanted or any(symbol not in _HOLDS for _, symbol, _ in compared):
        raise _invalid(f"Query condition missed key schema element: {keys[0]}")
    values = parameters[VALUES]
    if any(not values[value].get("S") for _, _, value in compared):
        raise _invalid("Condition parameter type does not match schema type")
    texts = [(name, _HOLDS[symbol], values[value]["S"]) for name, symbol, value in compared]
    return str(values[wanted[0]]["S"]), partial(_matches, texts)


def _matches(wanted: list[tuple[str, Callable[[str, str], bool], str]], item: Item) -> bool:
    return all(name in item and holds(item[name]["S"], text) for name, holds, text in wanted)


def _compared(facts: Facts, names: Mapping[str, str]) -> Iterator[tuple[str, str, str]]:
    return ((names.get(path, path), symbol, value) for path, symbol, value in facts.compared)


def _invalid(message: str) -> AwsError:
    return AwsError("ValidationException", message)
