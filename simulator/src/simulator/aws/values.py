"""DynamoDB's attribute values: how they are compared, searched and counted.

https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/Expressions.OperatorsAndFunctions.html
"""

from decimal import Context, Decimal
from typing import Any

from simulator.aws.errors import AwsError, UnsupportedError

Value = dict[str, Any]
Item = dict[str, Value]

_DIGITS = Context(prec=38)
"""https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/Constraints.html"""
_BAD_OPERAND = "An operand in the update expression has an incorrect data type"


def comparable(value: Value) -> Any:  # noqa: ANN401 - a number, a text or whatever else
    """Answers what a value is compared by."""
    ((kind, content),) = value.items()
    if kind == "N":
        return Decimal(content)
    return frozenset(content) if kind in {"SS", "NS"} else content


def compare(symbol: str, left: Value | None, right: Value) -> bool:
    """Answers whether an attribute (None: it is not there) compares to a value so."""
    if left is None:
        return symbol == "<>"
    same_kind = left.keys() == right.keys()
    if symbol in {"=", "<>"}:
        same = same_kind and comparable(left) == comparable(right)
        return same is (symbol == "=")
    if not same_kind:
        return False
    one, other = comparable(left), comparable(right)
    order = {"<": one < other, "<=": one <= other, ">": one > other, ">=": one >= other}
    return bool(order[symbol])


def contains(whole: Value | None, part: Value) -> bool:
    """Answers whether a list or a set has an element, or a text a part."""
    if whole is None:
        return False
    ((kind, content),) = whole.items()
    ((part_kind, wanted),) = part.items()
    if kind == "L":
        return part in content
    if kind in {"SS", "NS"}:
        return kind[0] == part_kind and wanted in content
    return kind == part_kind == "S" and wanted in content


def begins_with(whole: Value | None, part: Value) -> bool:
    """Answers whether a text begins so."""
    if whole is None or not whole.keys() == part.keys() == {"S"}:
        return False
    return bool(whole["S"].startswith(part["S"]))


def appended(first: Value | None, second: Value | None) -> Value:
    """Answers a list after another one."""
    return {"L": [*_content("L", first), *_content("L", second)]}


def summed(left: Value | None, right: Value | None, sign: int = 1) -> Value:
    """Answers the sum (or the difference) of two numbers."""
    one, other = Decimal(_content("N", left)), sign * Decimal(_content("N", right))
    return {"N": format(_DIGITS.add(one, other).normalize(_DIGITS), "f")}


def added(before: Value | None, value: Value) -> Value:
    """Answers what ADD makes of a number or a set."""
    ((kind, content),) = value.items()
    if before is None:
        return value
    if kind == "N":
        return summed(before, value)
    known = _content(kind, before)
    return {kind: [*known, *(one for one in content if one not in known)]}


def without(before: Value | None, value: Value) -> Value | None:
    """Answers what DELETE leaves of a set: of an empty one nothing."""
    if before is None:
        return None
    ((kind, content),) = value.items()
    left = [one for one in _content(kind, before) if one not in content]
    return {kind: left} if left else None


def length(value: Value | None) -> Value | None:
    """Answers the size of an attribute as conditions compare it.

    https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/Expressions.OperatorsAndFunctions.html
    """
    if value is None:
        return None
    ((kind, content),) = value.items()
    if kind not in {"S", "SS", "NS", "L", "M"}:
        raise AwsError("ValidationException", f"Invalid operand type for size: {kind}")
    return {"N": str(len(content))}


def _content(kind: str, value: Value | None) -> Any:  # noqa: ANN401 - a number's text or a list
    if value is None:
        raise AwsError(
            "ValidationException",
            "The provided expression refers to an attribute that does not exist in the item",
        )
    if kind not in value:
        raise AwsError("ValidationException", _BAD_OPERAND)
    return value[kind]


def size_of(item: Item) -> int:
    """Answers an item's size in bytes.

    https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/CapacityUnitCalculations.html
    """
    return sum(len(name.encode()) + _size(value) for name, value in item.items())


def _size(value: Value) -> int:
    ((kind, content),) = value.items()
    match kind:
        case "S":
            return len(content.encode())
        case "N":
            return (len(content.lstrip("-0.")) + 1) // 2 + 1
        case "SS":
            return sum(len(text.encode()) for text in content)
        case "NS":
            return sum(_size({"N": number}) for number in content)
        case "L":
            return 3 + sum(1 + _size(element) for element in content)
        case "M":
            return 3 + len(content) + size_of(content)
        case "NULL" | "BOOL":
            return 1
        case _:
            raise UnsupportedError(f"values of the type {kind}")
