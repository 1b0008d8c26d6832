"""DynamoDB's expressions, compiled once a text: conditions, key conditions and updates.

A subset of the grammar, which everything outside of it is refused by.
https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/Expressions.OperatorsAndFunctions.html
"""

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from decimal import Decimal
from functools import lru_cache
from typing import Any

from simulator.aws.errors import AwsError, UnsupportedError

Value = dict[str, Any]
Item = dict[str, Value]


@dataclass(frozen=True)
class Scope:
    """What an expression is evaluated in: the item, and the caller's names and values."""

    item: Item
    names: dict[str, str]
    values: dict[str, Value]


Condition = Callable[[Scope], bool]
Operand = Callable[[Scope], Value | None]
Update = Callable[[Scope], Item]

_TOKEN = re.compile(r"\s*(?:([#:]?[A-Za-z_][A-Za-z0-9_]*)|(<>|<=|>=|[=<>(),+-]))")
_KEYWORDS = {"AND", "OR", "NOT", "SET", "REMOVE", "ADD", "DELETE", "BETWEEN", "IN"}


def _tokens(text: str) -> Iterator[str]:
    position = 0
    while position < len(text.rstrip()):
        found = _TOKEN.match(text, position)
        if found is None:
            raise UnsupportedError(f"expression {text!r} at {position}")
        yield found.group(1) or found.group(2)
        position = found.end()


def comparable(value: Value) -> Any:  # noqa: ANN401 - a number or a text
    """Answers what a value is compared by."""
    ((kind, content),) = value.items()
    return Decimal(content) if kind == "N" else content


def _compare(symbol: str, left: Value | None, right: Value | None) -> bool:
    if left is None or right is None:
        return False
    same_kind = left.keys() == right.keys()
    if symbol == "=":
        return same_kind and comparable(left) == comparable(right)
    if symbol == "<>":
        return not same_kind or comparable(left) != comparable(right)
    if not same_kind:
        return False
    one, other = comparable(left), comparable(right)
    order = {"<": one < other, "<=": one <= other, ">": one > other, ">=": one >= other}
    return bool(order[symbol])


class _Parser:
    """A recursive descent over one expression's tokens."""

    def __init__(self, text: str) -> None:
        self.text = text
        self._tokens = list(_tokens(text))
        self._at = 0

    def peek(self) -> str:
        return self._tokens[self._at] if self._at < len(self._tokens) else ""

    def take(self, wanted: str = "") -> str:
        token = self.peek()
        if not token or (wanted and token.upper() != wanted):
            raise UnsupportedError(f"expression {self.text!r}: {token!r}, not {wanted!r}")
        self._at += 1
        return token

    def accept(self, wanted: str) -> bool:
        if self.peek().upper() != wanted:
            return False
        self._at += 1
        return True

    # Conditions, by rising precedence: OR, AND, NOT.
    def condition(self) -> Condition:
        parts = [self._conjunction()]
        while self.accept("OR"):
            parts.append(self._conjunction())
        return parts[0] if len(parts) == 1 else lambda scope: any(p(scope) for p in parts)

    def _conjunction(self) -> Condition:
        parts = [self._negation()]
        while self.accept("AND"):
            parts.append(self._negation())
        return parts[0] if len(parts) == 1 else lambda scope: all(p(scope) for p in parts)

    def _negation(self) -> Condition:
        if self.accept("NOT"):
            inner = self._negation()
            return lambda scope: not inner(scope)
        if self.accept("("):
            inner = self.condition()
            self.take(")")
            return inner
        return self._comparison()

    def _comparison(self) -> Condition:
        function = self.peek()
        if function in {"attribute_exists", "attribute_not_exists", "contains", "begins_with"}:
            return self._function(self.take())
        left, symbol = self.operand(), self.take()
        if symbol not in {"=", "<>", "<", "<=", ">", ">="}:
            raise UnsupportedError(f"expression {self.text!r}: operator {symbol!r}")
        right = self.operand()
        return lambda scope: _compare(symbol, left(scope), right(scope))

    def _function(self, name: str) -> Condition:
        self.take("(")
        first = self.operand()
        if name.startswith("attribute_"):
            self.take(")")
            wanted = name == "attribute_exists"
            return lambda scope: (first(scope) is not None) is wanted
        self.take(",")
        second = self.operand()
        self.take(")")
        holds = _contains if name == "contains" else _begins_with
        return lambda scope: holds(first(scope), second(scope))

    # Operands, of conditions and of updates.
    def operand(self) -> Operand:
        token = self.take()
        if token.upper() in _KEYWORDS:
            raise UnsupportedError(f"expression {self.text!r}: {token!r} as an operand")
        if token.startswith(":"):
            return lambda scope: _given(scope.values, token)
        if token in {"if_not_exists", "list_append"}:
            return self._update_function(token)
        return lambda scope: scope.item.get(name_of(scope, token))

    def _update_function(self, name: str) -> Operand:
        self.take("(")
        first = self.operand()
        self.take(",")
        second = self.operand()
        self.take(")")
        if name == "if_not_exists":
            return lambda scope: first(scope) or second(scope)
        return lambda scope: {"L": [*_list(first(scope)), *_list(second(scope))]}

    def sum(self) -> Operand:
        left = self.operand()
        if self.peek() not in {"+", "-"}:
            return left
        sign = 1 if self.take() == "+" else -1
        right = self.operand()
        return lambda scope: _number(_decimal(left(scope)) + sign * _decimal(right(scope)))

    # Updates.
    def update(self) -> Update:
        clauses: list[tuple[str, list[tuple[str, Operand | None]]]] = []
        while self.peek():
            clauses.append((self.take().upper(), self._actions(clauses)))
        return lambda scope: _updated(scope, clauses)

    def _actions(self, before: list[Any]) -> list[tuple[str, Operand | None]]:
        verb = self._tokens[self._at - 1].upper()
        if verb not in {"SET", "REMOVE", "ADD"} or verb in {clause[0] for clause in before}:
            raise UnsupportedError(f"update {self.text!r}: {verb!r}")
        actions = [self._action(verb)]
        while self.accept(","):
            actions.append(self._action(verb))
        return actions

    def _action(self, verb: str) -> tuple[str, Operand | None]:
        path = self.take()
        if verb == "REMOVE":
            return path, None
        if verb == "SET":
            self.take("=")
            return path, self.sum()
        return path, self.operand()

    def ended(self) -> None:
        if self.peek():
            raise UnsupportedError(f"expression {self.text!r} goes on with {self.peek()!r}")


def name_of(scope: Scope, token: str) -> str:
    """Answers the attribute that a name stands for."""
    if not token.startswith("#"):
        return token
    if token not in scope.names:
        raise AwsError("ValidationException", f"undefined attribute name {token}")
    return scope.names[token]


def _given(values: dict[str, Value], token: str) -> Value:
    if token not in values:
        raise AwsError("ValidationException", f"undefined attribute value {token}")
    return values[token]


def _contains(whole: Value | None, part: Value | None) -> bool:
    if whole is None or part is None:
        return False
    ((kind, content),) = whole.items()
    ((part_kind, wanted),) = part.items()
    if kind == "L":
        return part in content
    if kind in {"SS", "NS"}:
        return kind[0] == part_kind and wanted in content
    return kind == part_kind == "S" and wanted in content


def _begins_with(whole: Value | None, part: Value | None) -> bool:
    if whole is None or part is None or not whole.keys() == part.keys() == {"S"}:
        return False
    return bool(whole["S"].startswith(part["S"]))


_BAD_OPERAND = "An operand in the update expression has an incorrect data type"


def _list(value: Value | None) -> list[Value]:
    if value is None or "L" not in value:
        raise AwsError("ValidationException", _BAD_OPERAND)
    return list(value["L"])


def _decimal(value: Value | None) -> Decimal:
    if value is None or "N" not in value:
        raise AwsError("ValidationException", _BAD_OPERAND)
    return Decimal(value["N"])


def _number(value: Decimal) -> Value:
    return {"N": format(value.normalize(), "f")}


def _updated(scope: Scope, clauses: list[tuple[str, list[tuple[str, Operand | None]]]]) -> Item:
    """Answers the item after all actions; each sees the item as it was."""
    item = dict(scope.item)
    for verb, actions in clauses:
        for path, operand in actions:
            name = name_of(scope, path)
            if operand is None:
                item.pop(name, None)
                continue
            value = operand(scope)
            if value is None:
                raise AwsError("ValidationException", f"{name}: the operand does not exist")
            item[name] = _added(scope.item.get(name), value) if verb == "ADD" else value
    return item


def _added(before: Value | None, value: Value) -> Value:
    ((kind, content),) = value.items()
    if kind == "N":
        return value if before is None else _number(_decimal(before) + Decimal(content))
    if kind in {"SS", "NS"}:
        if before is not None and kind not in before:
            raise AwsError("ValidationException", _BAD_OPERAND)
        known = [] if before is None else before[kind]
        return {kind: [*known, *(one for one in content if one not in known)]}
    raise AwsError("ValidationException", "ADD takes a number or a set")


@lru_cache(maxsize=512)
def condition(text: str) -> Condition:
    """Answers the condition (also a key condition) that the text states."""
    parser = _Parser(text)
    compiled = parser.condition()
    parser.ended()
    return compiled


@lru_cache(maxsize=512)
def update(text: str) -> Update:
    """Answers the update that the text states."""
    return _Parser(text).update()
