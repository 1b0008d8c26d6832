"""DynamoDB's expressions, compiled once a text: conditions, key conditions and updates.

A subset of the grammar, which everything outside of it is refused by. What DynamoDB checks before
it looks at any item is in `checks`.
https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/Expressions.OperatorsAndFunctions.html
"""

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from simulator.aws.errors import AwsError, UnsupportedError
from simulator.aws.facts import Facts
from simulator.aws.values import (
    Item,
    Value,
    added,
    appended,
    begins_with,
    compare,
    contains,
    length,
    summed,
    without,
)


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


class _Parser:
    """A recursive descent over one expression's tokens."""

    def __init__(self, text: str) -> None:
        self.text = text
        self.facts = Facts()
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
            self.facts.conjunction = False
            parts.append(self._conjunction())
        return parts[0] if len(parts) == 1 else lambda scope: any(p(scope) for p in parts)

    def _conjunction(self) -> Condition:
        parts = [self._negation()]
        while self.accept("AND"):
            parts.append(self._negation())
        return parts[0] if len(parts) == 1 else lambda scope: all(p(scope) for p in parts)

    def _negation(self) -> Condition:
        if self.accept("NOT"):
            self.facts.conjunction = False
            inner = self._negation()
            return lambda scope: not inner(scope)
        if self.accept("("):
            begins = self._at
            inner = self.condition()
            if self._is_parenthesised(begins):
                raise UnsupportedError(f"expression {self.text!r}: redundant parentheses")
            self.take(")")
            return inner
        return self._comparison()

    def _is_parenthesised(self, begins: int) -> bool:
        """Answers whether all from there to here is in one pair of parentheses."""
        depth = 0
        for position in range(begins, self._at):
            depth += {"(": 1, ")": -1}.get(self._tokens[position], 0)
            if depth == 0:
                return self._tokens[begins] == "(" and position == self._at - 1
        return False

    def _comparison(self) -> Condition:
        function = self.peek()
        if function in {"attribute_exists", "attribute_not_exists", "contains", "begins_with"}:
            return self._function(self.take())
        path, left = self._size() if function == "size" else (function, self.operand())
        symbol = self.take()
        if path.startswith(":"):
            raise UnsupportedError(f"expression {self.text!r}: {path!r} on the left")
        if symbol not in {"=", "<>", "<", "<=", ">", ">="}:
            raise UnsupportedError(f"expression {self.text!r}: operator {symbol!r}")
        if symbol in {"<", "<=", ">", ">="}:
            self._expect(symbol, {"S", "N", "B"})
        self.facts.compared.append((path, symbol, self.peek()))
        right = self._value()
        return lambda scope: compare(symbol, left(scope), scope.values[right])

    def _size(self) -> tuple[str, Operand]:
        self.take()
        self.take("(")
        name = self._name(self.take())
        self.take(")")
        return "size()", lambda scope: length(scope.item.get(name_of(scope, name)))

    def _function(self, name: str) -> Condition:
        self.take("(")
        path = self.peek()
        if path.startswith(":"):
            raise UnsupportedError(f"expression {self.text!r}: {name} of a value")
        first = self.operand()
        if name.startswith("attribute_"):
            self.facts.conjunction = False
            self.take(")")
            wanted = name == "attribute_exists"
            return lambda scope: (first(scope) is not None) is wanted
        self.take(",")
        if name == "begins_with":
            self._expect(name, {"S", "B"})
            self.facts.compared.append((path, name, self.peek()))
        else:
            self.facts.conjunction = False
        second = self._value()
        self.take(")")
        holds = contains if name == "contains" else begins_with
        return lambda scope: holds(first(scope), scope.values[second])

    def _expect(self, operator: str, kinds: set[str]) -> None:
        """Notes the types that the value which follows may have."""
        if self.peek().startswith(":"):
            self.facts.typed.append((operator, self.peek(), kinds))

    # Operands, of conditions and of updates.
    def _value(self) -> str:
        token = self.take()
        if token[0] != ":":
            raise UnsupportedError(f"expression {self.text!r}: {token!r} is no value")
        self.facts.values.add(token)
        return token

    def operand(self) -> Operand:
        if self.peek().startswith(":"):
            value = self._value()
            return lambda scope: scope.values[value]
        token = self.take()
        if token in {"if_not_exists", "list_append"}:
            return self._update_function(token)
        self._name(token)
        return lambda scope: scope.item.get(name_of(scope, token))

    def _name(self, token: str) -> str:
        if token.upper() in _KEYWORDS or not (token[0] == "#" or token.isidentifier()):
            raise UnsupportedError(f"expression {self.text!r}: {token!r} as an operand")
        (self.facts.names if token[0] == "#" else self.facts.bare).add(token)
        return token

    def _update_function(self, name: str) -> Operand:
        self.take("(")
        if name == "list_append":
            self._expect(name, {"L"})
        elif self.peek().startswith(":"):
            raise UnsupportedError(f"expression {self.text!r}: {name} of a value")
        first = self.operand()
        self.take(",")
        if name == "list_append":
            self._expect(name, {"L"})
        second = self.operand()
        self.take(")")
        if name == "if_not_exists":
            return lambda scope: first(scope) or second(scope)
        return lambda scope: appended(first(scope), second(scope))

    def sum(self) -> Operand:
        before, left = self.peek(), self.operand()
        if self.peek() not in {"+", "-"}:
            return left
        if before.startswith(":"):
            self.facts.typed.append((self.peek(), before, {"N"}))
        sign = 1 if self.take() == "+" else -1
        self._expect("+", {"N"})
        right = self.operand()
        return lambda scope: summed(left(scope), right(scope), sign)

    # Updates.
    def update(self) -> Update:
        clauses: list[tuple[str, list[tuple[str, Operand | None]]]] = []
        while self.peek():
            clauses.append((self.take().upper(), self._actions(clauses)))
        return lambda scope: _updated(scope, clauses)

    def _actions(self, before: list[Any]) -> list[tuple[str, Operand | None]]:
        verb = self._tokens[self._at - 1].upper()
        if verb not in {"SET", "REMOVE", "ADD", "DELETE"} or verb in {
            clause[0] for clause in before
        }:
            raise UnsupportedError(f"update {self.text!r}: {verb!r}")
        actions = [self._action(verb)]
        while self.accept(","):
            actions.append(self._action(verb))
        return actions

    def _action(self, verb: str) -> tuple[str, Operand | None]:
        path = self._name(self.take())
        self.facts.targets.append(path)
        if verb == "REMOVE":
            return path, None
        if verb == "SET":
            self.take("=")
            return path, self.sum()
        self._expect(verb, {"SS", "NS"} if verb == "DELETE" else {"N", "SS", "NS"})
        value = self._value()
        return path, lambda scope: scope.values[value]

    # Projections.
    def names(self) -> list[str]:
        names = [self._name(self.take())]
        while self.accept(","):
            names.append(self._name(self.take()))
        self.ended()
        self.facts.targets = names
        return names

    def ended(self) -> None:
        if self.peek():
            raise UnsupportedError(f"expression {self.text!r} goes on with {self.peek()!r}")


def name_of(scope: Scope, token: str) -> str:
    """Answers the attribute that a name stands for."""
    return scope.names[token] if token[0] == "#" else token


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
            after = _after(verb, scope.item.get(name), value)
            if after is None:
                item.pop(name, None)
            else:
                item[name] = after
    return item


def _after(verb: str, before: Value | None, value: Value) -> Value | None:
    """Answers what an action makes of an attribute (None: it is not there)."""
    match verb:
        case "ADD":
            return added(before, value)
        case "DELETE":
            return without(before, value)
        case _:
            return value


@lru_cache(maxsize=512)
def compiled_condition(text: str) -> tuple[Condition, Facts]:
    """Answers the condition (also a key condition) that the text states, and its facts."""
    parser = _Parser(text)
    compiled = parser.condition()
    parser.ended()
    return compiled, parser.facts


@lru_cache(maxsize=512)
def compiled_update(text: str) -> tuple[Update, Facts]:
    """Answers the update that the text states, and its facts."""
    parser = _Parser(text)
    if not parser.peek():
        raise UnsupportedError("an empty update")
    return parser.update(), parser.facts


@lru_cache(maxsize=512)
def compiled_projection(text: str) -> tuple[tuple[str, ...], Facts]:
    """Answers the names that a projection lists, and its facts."""
    parser = _Parser(text)
    return tuple(parser.names()), parser.facts


def condition(text: str) -> Condition:
    """Answers the condition that the text states."""
    return compiled_condition(text)[0]


def update(text: str) -> Update:
    """Answers the update that the text states."""
    return compiled_update(text)[0]
