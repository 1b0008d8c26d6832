"""Random calls of DynamoDB within the grammar of the fake, and what a client hears of them."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

import dynamodb_members
from botocore.exceptions import ClientError, ParamValidationError
from dynamodb_members import MEMBERS
from hypothesis import strategies as st

TABLE = "things"
KEYS = ("a", "b", "c", "d", "é")
BY_LANE, MARKED = "by-lane", "marked"
PROPERTIES: dict[str, Any] = {
    "TableName": TABLE,
    "BillingMode": "PAY_PER_REQUEST",
    "KeySchema": [{"AttributeName": "pk", "KeyType": "HASH"}],
    "AttributeDefinitions": [
        {"AttributeName": name, "AttributeType": "S"} for name in ("pk", "lane", "at", "mark")
    ],
    "GlobalSecondaryIndexes": [
        {
            "IndexName": BY_LANE,
            "KeySchema": [
                {"AttributeName": "lane", "KeyType": "HASH"},
                {"AttributeName": "at", "KeyType": "RANGE"},
            ],
            "Projection": {"ProjectionType": "KEYS_ONLY"},
        },
        {
            "IndexName": MARKED,
            "KeySchema": [{"AttributeName": "mark", "KeyType": "HASH"}],
            "Projection": {"ProjectionType": "ALL"},
        },
    ],
}
TABLES = (PROPERTIES, dynamodb_members.PROPERTIES)

Value = dict[str, Any]
Draw = Any


@dataclass(frozen=True)
class Call:
    """One call of a client: the method's name and its arguments."""

    method: str
    arguments: dict[str, Any]


@dataclass
class Words:
    """The names and values that an expression has used so far.

    `typed` keeps every attribute to its own type.
    """

    typed: bool
    names: dict[str, str] = field(default_factory=dict)
    values: dict[str, Value] = field(default_factory=dict)

    def name(self, attribute: str) -> str:
        if attribute in PLAIN:
            return attribute
        self.names[f"#{attribute}"] = attribute
        return f"#{attribute}"

    def value(self, value: Value) -> str:
        token = f":v{len(self.values)}"
        self.values[token] = value
        return token

    def arguments(self, **expressions: str) -> dict[str, Any]:
        given: dict[str, Any] = dict(expressions)
        if self.names:
            given["ExpressionAttributeNames"] = self.names
        if self.values:
            given["ExpressionAttributeValues"] = self.values
        return given


PLAIN = {"amount", "note", "lane"}
"""Attributes that are named as they are; the others by placeholders (`name` is reserved)."""

keys = st.sampled_from(KEYS)
texts = st.sampled_from(["", "tea", "mug", "teapot", "é"])
numbers = st.integers(-3, 12).map(lambda n: {"N": str(n)})
strings = texts.map(lambda text: {"S": text})
filled = st.sampled_from(["0", "1", "01"]).map(lambda text: {"S": text})
sets = st.sets(texts.filter(bool), min_size=1).map(lambda s: {"SS": sorted(s)})
lists = st.lists(st.one_of(numbers, strings), max_size=3).map(lambda values: {"L": values})
KINDS: dict[str, st.SearchStrategy[Value]] = {
    "amount": numbers,
    "version": numbers,
    "note": strings,
    "name": strings,
    "tags": sets,
    "entries": lists,
    "lane": filled,
    "at": filled,
    "mark": filled,
}
INDEXED = {"lane", "at", "mark"}
attributes = st.sampled_from(sorted(KINDS))
values = st.one_of(numbers, strings, sets, lists)


@st.composite
def items(draw: Draw) -> dict[str, Value]:
    named = draw(st.sets(attributes, max_size=6))
    return {"pk": {"S": draw(keys)}} | {name: draw(KINDS[name]) for name in sorted(named)}


def _fitting(draw: Draw, words: Words, attribute: str) -> Value:
    """Answers a value of the attribute's own type, and now and then of another one."""
    other = not words.typed and draw(st.integers(0, 9)) == 0
    return dict(draw(values if other else KINDS[attribute]))


def _of_its_type(draw: Draw, _words: Words, attribute: str) -> Value:
    return dict(draw(KINDS[attribute]))


def _atom(draw: Draw, words: Words) -> str:
    attribute = draw(st.sampled_from([*sorted(KINDS), "pk"]))
    name = words.name(attribute)
    own = (
        (lambda: {"S": draw(keys)})
        if attribute == "pk"
        else lambda: _fitting(draw, words, attribute)
    )
    match draw(st.sampled_from(["exists", "not", "contains", "begins", "size", *["compare"] * 4])):
        case "exists":
            return f"attribute_exists({name})"
        case "not":
            return f"attribute_not_exists({name})"
        case "contains":
            return f"contains({name}, {words.value(draw(st.one_of(strings, numbers)))})"
        case "size" if KINDS.get(attribute) is not numbers:
            symbol = draw(st.sampled_from(["=", "<", ">="]))
            compared = f"size({name}) {symbol} {words.value(draw(numbers))}"
            return f"(attribute_exists({name}) AND {compared})"
        case "begins" if not words.typed or own().keys() == {"S"}:
            return f"begins_with({name}, {words.value(draw(strings))})"
        case _:
            value = own()
            ordered = ["<", "<=", ">", ">="] if value.keys() <= {"S", "N"} else []
            symbol = draw(st.sampled_from(["=", "<>", *ordered]))
            return f"{name} {symbol} {words.value(value)}"


def _condition(draw: Draw, words: Words) -> str:
    parts = []
    for _ in range(draw(st.integers(1, 3))):
        part = _atom(draw, words)
        if draw(st.integers(0, 3)) == 0:
            part = f"({part} {draw(st.sampled_from(['AND', 'OR']))} {_atom(draw, words)})"
        parts.append(f"NOT {part}" if draw(st.integers(0, 3)) == 0 else part)
    joined = parts[0]
    for part in parts[1:]:
        joined += f" {draw(st.sampled_from(['AND', 'OR', 'and']))} {part}"
    return joined


def _operand(draw: Draw, words: Words, attribute: str) -> str:
    name, value = words.name(attribute), words.value
    # Moto lets some texts of an index become numbers; `MISTAKES` has the case by itself.
    fitting = _fitting if attribute not in INDEXED else _of_its_type
    match draw(st.sampled_from(_ways(words, attribute))):
        case "sum":
            return f"{name} {draw(st.sampled_from('+-'))} {value(draw(numbers))}"
        case "counter":
            return f"if_not_exists({name}, {value({'N': '0'})}) + {value({'N': '1'})}"
        case "append":
            return f"list_append(if_not_exists({name}, {value({'L': []})}), {value(draw(lists))})"
        case "copy":
            return words.name(draw(attributes))
        case "default":
            return f"if_not_exists({name}, {value(fitting(draw, words, attribute))})"
        case _:
            return value(fitting(draw, words, attribute))


def _ways(words: Words, attribute: str) -> list[str]:
    """Answers in which ways an attribute can be given a value."""
    if attribute in INDEXED:
        return ["value", "default"]
    if not words.typed:
        return ["value", "value", "sum", "counter", "append", "copy", "default"]
    if KINDS[attribute] is numbers:
        return ["value", "sum", "counter", "default"]
    return ["value", "default", *(["append"] if KINDS[attribute] is lists else [])]


def _update(draw: Draw, words: Words) -> str:
    targets = draw(st.lists(attributes, min_size=1, max_size=4, unique=True))
    clauses: dict[str, list[str]] = {}
    for target in targets:
        verb = draw(st.sampled_from(["SET", "SET", "SET", "REMOVE", "ADD", "DELETE"]))
        if verb == "ADD" and KINDS[target] not in (numbers, sets):
            verb = "SET"
        if verb == "DELETE" and KINDS[target] is not sets:
            verb = "REMOVE"
        name = words.name(target)
        action = {
            "SET": lambda: f"{name} = {_operand(draw, words, target)}",  # noqa: B023 - called here
            "REMOVE": lambda: name,  # noqa: B023 - likewise
            "ADD": lambda: f"{name} {words.value(draw(KINDS[target]))}",  # noqa: B023 - likewise
            "DELETE": lambda: f"{name} {words.value(draw(sets))}",  # noqa: B023 - likewise
        }[verb]()
        clauses.setdefault(verb, []).append(action)
    return " ".join(f"{verb} {', '.join(actions)}" for verb, actions in clauses.items())


def _conditional(draw: Draw, words: Words, **expressions: str) -> dict[str, Any]:
    more: dict[str, Any] = {}
    if draw(st.integers(0, 2)):
        expressions["ConditionExpression"] = _condition(draw, words)
        if draw(st.booleans()):
            more["ReturnValuesOnConditionCheckFailure"] = "ALL_OLD"
    return words.arguments(**expressions) | more


@st.composite
def put_arguments(draw: Draw, *, typed: bool) -> dict[str, Any]:
    item = draw(items())
    return {"TableName": TABLE, "Item": item} | _conditional(draw, Words(typed=typed))


@st.composite
def update_arguments(draw: Draw, *, typed: bool) -> dict[str, Any]:
    words = Words(typed=typed)
    text = _update(draw, words)
    key = {"pk": {"S": draw(keys)}}
    return {"TableName": TABLE, "Key": key} | _conditional(draw, words, UpdateExpression=text)


@st.composite
def updates(draw: Draw, *, typed: bool) -> Call:
    arguments = draw(update_arguments(typed=typed))
    if draw(st.booleans()):
        arguments["ReturnValues"] = draw(st.sampled_from(["UPDATED_NEW", "ALL_NEW", "ALL_OLD"]))
    return Call("update_item", arguments)


@st.composite
def deletes(draw: Draw, *, typed: bool) -> Call:
    key = {"TableName": TABLE, "Key": {"pk": {"S": draw(keys)}}}
    arguments = key | _conditional(draw, Words(typed=typed))
    if draw(st.booleans()):
        arguments["ReturnValues"] = "ALL_OLD"
    return Call("delete_item", arguments)


@st.composite
def gets(draw: Draw, *, typed: bool) -> Call:
    words = Words(typed=typed)
    arguments = {"TableName": TABLE, "Key": {"pk": {"S": draw(keys)}}, "ConsistentRead": True}
    if draw(st.booleans()):
        shown = sorted(draw(st.sets(attributes, min_size=1, max_size=3)))
        projection = ", ".join(words.name(name) for name in shown)
        arguments |= words.arguments(ProjectionExpression=projection)
    return Call("get_item", arguments)


@st.composite
def transactions(draw: Draw, *, typed: bool) -> Call:
    puts = put_arguments(typed=typed).map(lambda arguments: {"Put": arguments})
    changes = update_arguments(typed=typed).map(lambda arguments: {"Update": arguments})
    writes = draw(st.lists(st.one_of(puts, changes), min_size=1, max_size=4))
    if draw(st.integers(0, 3)):  # mostly of distinct items: anything else is refused as a whole
        for key, write in zip(draw(st.permutations(KEYS)), writes, strict=False):
            ((kind, arguments),) = write.items()
            arguments["Item" if kind == "Put" else "Key"]["pk"] = {"S": key}
    return Call("transact_write_items", {"TransactItems": writes})


@st.composite
def batches(draw: Draw) -> Call:
    wanted = draw(st.lists(keys, max_size=4, unique=draw(st.integers(0, 4)) > 0))
    if draw(st.integers(0, 7)) == 0:
        wanted = [f"key {number}" for number in range(draw(st.sampled_from([99, 100, 101])))]
    asked = {"Keys": [{"pk": {"S": key}} for key in wanted], "ConsistentRead": True}
    return Call("batch_get_item", {"RequestItems": {TABLE: asked}})


@st.composite
def queries(draw: Draw, *, typed: bool) -> Call:
    words = Words(typed=typed)
    index = draw(st.sampled_from([BY_LANE, MARKED]))
    hash_key = "lane" if index == BY_LANE else "mark"
    text = f"{words.name(hash_key)} = {words.value(draw(filled))}"
    if index == BY_LANE and draw(st.booleans()):
        symbol = draw(st.sampled_from(["=", "<", "<=", ">", ">=", "begins_with"]))
        at, bound = words.name("at"), words.value(draw(filled))
        more = (
            f"begins_with({at}, {bound})" if symbol == "begins_with" else f"{at} {symbol} {bound}"
        )
        text += f" AND {more}"
    arguments = {"TableName": TABLE, "IndexName": index} | words.arguments(
        KeyConditionExpression=text
    )
    if draw(st.booleans()):
        arguments["Limit"] = draw(st.integers(1, 4))
    return Call("query", arguments)


@st.composite
def scans(draw: Draw, *, typed: bool) -> Call:
    words, arguments = Words(typed=typed), {"TableName": TABLE, "ConsistentRead": True}
    if draw(st.booleans()):
        arguments["Limit"] = draw(st.integers(1, 4))
    if draw(st.booleans()):
        arguments |= words.arguments(FilterExpression=_condition(draw, words))
    return Call("scan", arguments)


def sequences(*, typed: bool = False) -> st.SearchStrategy[list[Call]]:
    """Answers sequences of calls; `typed` ones keep every attribute to its own type."""
    puts = put_arguments(typed=typed).map(lambda arguments: Call("put_item", arguments))
    changes = updates(typed=typed)
    writes = st.one_of(
        puts, puts, changes, changes, transactions(typed=typed), deletes(typed=typed)
    )
    reads = st.one_of(gets(typed=typed), batches(), queries(typed=typed), scans(typed=typed))
    things = st.lists(st.one_of(writes, writes, reads), min_size=1, max_size=14)
    members = dynamodb_members.calls.map(lambda call: Call(*call))
    return st.one_of(things, things, st.lists(members, min_size=1, max_size=14))


_KEY = {"TableName": TABLE, "Key": {"pk": {"S": "a"}}}
_PUT = {"TableName": TABLE, "Item": {"pk": {"S": "a"}}}
_V = {":v": {"S": "0"}}
_QUERY = {"TableName": TABLE, "IndexName": BY_LANE, "ExpressionAttributeValues": _V}
_SET = {"UpdateExpression": "SET note = :v", "ExpressionAttributeValues": _V}
_NEW = {"ConditionExpression": "attribute_not_exists(pk)"}

MISTAKES: dict[str, Call] = {
    "a value that is not used": Call(
        "put_item", _PUT | _NEW | {"ExpressionAttributeValues": {":v": {"S": "0"}}}
    ),
    "a value without any expression": Call("put_item", _PUT | {"ExpressionAttributeValues": _V}),
    "a name that is not used": Call(
        "update_item", _KEY | _SET | {"ExpressionAttributeNames": {"#n": "name"}}
    ),
    "a value that is not defined": Call("put_item", _PUT | {"ConditionExpression": "note = :v"}),
    "a name that is not defined": Call(
        "put_item", _PUT | {"ConditionExpression": "attribute_exists(#n)"}
    ),
    "a reserved word in a condition": Call(
        "put_item", _PUT | {"ConditionExpression": "attribute_exists(name)"}
    ),
    "a reserved word in an update": Call("update_item", _KEY | {"UpdateExpression": "REMOVE name"}),
    "a reserved word in a projection": Call("get_item", _KEY | {"ProjectionExpression": "name"}),
    "a reserved word in a key condition": Call(
        "query", _QUERY | {"KeyConditionExpression": "lane = :v AND at = :v"}
    ),
    "a set that is to be ordered": Call(
        "put_item",
        _PUT
        | {
            "ConditionExpression": "tags < :v",
            "ExpressionAttributeValues": {":v": {"SS": ["a"]}},
        },
    ),
    "a number that is to begin a text": Call(
        "put_item",
        _PUT
        | {
            "ConditionExpression": "begins_with(note, :v)",
            "ExpressionAttributeValues": {":v": {"N": "1"}},
        },
    ),
    "a text that is to be added": Call(
        "update_item",
        _KEY | {"UpdateExpression": "ADD note :v", "ExpressionAttributeValues": _V},
    ),
    "a text that is to be counted": Call(
        "update_item",
        _KEY | {"UpdateExpression": "SET amount = amount + :v", "ExpressionAttributeValues": _V},
    ),
    "a text that is to be appended": Call(
        "update_item",
        _KEY
        | {
            "UpdateExpression": "SET entries = list_append(entries, :v)",
            "ExpressionAttributeValues": _V,
        },
    ),
    "an attribute that is set twice": Call(
        "update_item", _KEY | _SET | {"UpdateExpression": "SET note = :v, note = :v"}
    ),
    "a key that is updated": Call("update_item", _KEY | _SET | {"UpdateExpression": "SET pk = :v"}),
    "an attribute that is not there": Call(
        "update_item", _KEY | {"UpdateExpression": "SET note = amount"}
    ),
    "an index's key that is no text": Call(
        "put_item", _PUT | {"Item": {"pk": {"S": "a"}, "mark": {"N": "1"}}}
    ),
    "an index's key that becomes no text": Call(
        "update_item",
        _KEY
        | {"UpdateExpression": "SET mark = :v", "ExpressionAttributeValues": {":v": {"N": "1"}}},
    ),
    "an index's key that is empty": Call(
        "put_item", _PUT | {"Item": {"pk": {"S": "a"}, "mark": {"S": ""}}}
    ),
    "an item without its key": Call("put_item", _PUT | {"Item": {"note": {"S": "tea"}}}),
    "an item whose key is empty": Call("put_item", _PUT | {"Item": {"pk": {"S": ""}}}),
    "an item whose key is a number": Call("put_item", _PUT | {"Item": {"pk": {"N": "1"}}}),
    "a key with too much in it": Call(
        "get_item", {"TableName": TABLE, "Key": {"pk": {"S": "a"}, "note": {"S": "b"}}}
    ),
    "a key that is too long": Call("put_item", _PUT | {"Item": {"pk": {"S": "é" * 1025}}}),
    "an item that is too large": Call(
        "put_item", _PUT | {"Item": {"pk": {"S": "a"}, "note": {"S": "é" * 205_000}}}
    ),
    "a query of either": Call(
        "query", _QUERY | {"KeyConditionExpression": "lane = :v OR lane = :v"}
    ),
    "a query of all others": Call("query", _QUERY | {"KeyConditionExpression": "NOT lane = :v"}),
    "a query without the hash key": Call(
        "query",
        _QUERY | {"KeyConditionExpression": "#at = :v", "ExpressionAttributeNames": {"#at": "at"}},
    ),
    "a query of a range of hash keys": Call(
        "query", _QUERY | {"KeyConditionExpression": "lane > :v"}
    ),
    "a query by what is no key": Call(
        "query", _QUERY | {"KeyConditionExpression": "lane = :v AND note = :v"}
    ),
    "a query by a number": Call(
        "query",
        _QUERY
        | {
            "KeyConditionExpression": "lane = :v",
            "ExpressionAttributeValues": {":v": {"N": "0"}},
        },
    ),
    "a query of no index": Call(
        "query", _QUERY | {"IndexName": "none", "KeyConditionExpression": "lane = :v"}
    ),
    "a transaction with one item twice": Call(
        "transact_write_items", {"TransactItems": [{"Put": _PUT}, {"Update": _KEY | _SET}]}
    ),
    "a transaction with one item twice, whose conditions fail": Call(
        "transact_write_items",
        {
            "TransactItems": [
                {"Put": _PUT | {"ConditionExpression": "attribute_exists(pk)"}},
                {"Update": _KEY | _SET | {"ConditionExpression": "attribute_exists(pk)"}},
            ]
        },
    ),
    "a transaction of nothing": Call("transact_write_items", {"TransactItems": []}),
    "a transaction of too much": Call(
        "transact_write_items",
        {
            "TransactItems": [
                {"Put": _PUT | {"Item": {"pk": {"S": f"key {number}"}}}} for number in range(101)
            ]
        },
    ),
    "a transaction with a write of two kinds": Call(
        "transact_write_items", {"TransactItems": [{"Put": _PUT, "Update": _KEY | _SET}]}
    ),
    "a consistent query of an index": Call(
        "query", _QUERY | {"KeyConditionExpression": "lane = :v", "ConsistentRead": True}
    ),
    "a text that is to be taken from a set": Call(
        "update_item",
        _KEY | {"UpdateExpression": "DELETE note :v"} | {"ExpressionAttributeValues": _V},
    ),
    "half of a key": Call("get_item", {"TableName": MEMBERS, "Key": {"of": {"S": "a"}}}),
    "a member without its range key": Call(
        "put_item", {"TableName": MEMBERS, "Item": {"of": {"S": "a"}}}
    ),
    "a query of a table without its hash key": Call(
        "query",
        {
            "TableName": MEMBERS,
            "KeyConditionExpression": "who = :v",
            "ExpressionAttributeValues": _V,
        },
    ),
    "a batch of nothing": Call("batch_get_item", {"RequestItems": {}}),
}
"""Calls that DynamoDB refuses with a ValidationException, whatever is in the table.

https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/Expressions.html and
https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/Constraints.html
"""

_LAST = {
    TABLE: [Call("get_item", {"TableName": TABLE, "Key": {"pk": {"S": key}}}) for key in KEYS]
    + [
        Call(
            "query",
            {
                "TableName": TABLE,
                "IndexName": index,
                "KeyConditionExpression": f"{hash_key} = :v",
                "ExpressionAttributeValues": {":v": {"S": "0"}},
            },
        )
        for index, hash_key in ((BY_LANE, "lane"), (MARKED, "mark"))
    ],
    MEMBERS: [Call("scan", {"TableName": MEMBERS})],
}


def tables_of(calls: Iterable[Call]) -> list[dict[str, Any]]:
    """Answers the properties of the tables that the calls are about."""
    texts = repr(list(calls))
    return [properties for properties in TABLES if repr(properties["TableName"]) in texts]


def with_a_look(calls: Iterable[Call]) -> list[Call]:
    """Answers the calls, and after them a look at all that is in their tables."""
    made = list(calls)
    looks = [look for table in tables_of(made) for look in _LAST[table["TableName"]]]
    return [*made, *looks]


def heard(client: Any, calls: Iterable[Call]) -> list[Any]:  # noqa: ANN401 - boto3 client
    """Answers what the client hears of these calls, one after the other, in a comparable form."""
    return [_heard(client, call) for call in calls]


def _heard(client: Any, call: Call) -> Any:  # noqa: ANN401 - boto3 client, anything comparable
    try:
        if call.method in {"query", "scan"}:
            return _pages(client, call)
        answer = getattr(client, call.method)(**call.arguments)
    except ParamValidationError:
        return (
            "ValidationException",
            None,
            [],
        )  # botocore spares the service what it knows to be wrong
    except ClientError as error:
        return _error(error)
    answer.pop("ResponseMetadata", None)
    answer.pop("ConsumedCapacity", None)  # moto tells it unasked
    return _canonical({name: part for name, part in answer.items() if part not in ({}, [])})


def _pages(client: Any, call: Call) -> Any:  # noqa: ANN401 - likewise
    """Answers all pages as one: where they end is each service's own matter, but for a limit."""
    found: list[Any] = []
    for page in client.get_paginator(call.method).paginate(
        **{name: value for name, value in call.arguments.items() if name != "Limit"},
        PaginationConfig={"PageSize": call.arguments.get("Limit")},
    ):
        assert page["Count"] == len(page["Items"])
        assert page["ScannedCount"] <= call.arguments.get("Limit", page["ScannedCount"])
        found += page["Items"]
    ordered = [item["at"]["S"] for item in found if call.arguments.get("IndexName") == BY_LANE]
    if call.method == "query" and call.arguments["TableName"] == MEMBERS:
        ordered = [item["who"]["S"] for item in found]
    return ordered, sorted(map(_canonical, found), key=repr)


def _error(error: ClientError) -> Any:  # noqa: ANN401 - likewise
    response: Any = error.response
    reasons = [
        (reason["Code"], _canonical(reason.get("Item")))
        for reason in response.get("CancellationReasons", ())
    ]
    return response["Error"]["Code"], _canonical(response.get("Item")), reasons


def _canonical(value: Any) -> Any:  # noqa: ANN401 - JSON
    """Answers attribute values so that two which mean the same are the same."""
    if isinstance(value, list):
        return [_canonical(part) for part in value]
    if not isinstance(value, dict):
        return value
    if value.keys() == {"N"}:
        return {"N": Decimal(value["N"])}
    if value.keys() == {"SS"}:
        return {"SS": sorted(value["SS"])}
    return {name: _canonical(part) for name, part in value.items()}
