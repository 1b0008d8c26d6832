"""DynamoDB: tables with one string key, sparse indexes, conditions, transactions, late reads."""

import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any

from simulator.aws.errors import AwsError, UnsupportedError, only
from simulator.aws.expressions import Item, Scope, comparable, condition, update

Parameters = dict[str, Any]
LARGEST_ITEM = 400 * 1024
MOST_KEYS_OF_A_BATCH = 100
MOST_WRITES_OF_A_TRANSACTION = 100
LARGEST_PAGE = 1024 * 1024
REMEMBERED_SECONDS = 5.0
"""How long the state before a change is kept, for reads that come too early."""

_EXPRESSIONS = ("ExpressionAttributeNames", "ExpressionAttributeValues")
_CONDITIONAL = ("ConditionExpression", "ReturnValuesOnConditionCheckFailure", *_EXPRESSIONS)


@dataclass(frozen=True)
class Index:
    """A global secondary index by two string keys (or one), with what it projects."""

    name: str
    hash_key: str
    range_key: str | None
    keys_only: bool


@dataclass
class Table:
    """One table and the state of its items before their last change."""

    name: str
    key: str
    indexes: dict[str, Index] = field(default_factory=dict)
    items: dict[str, Item] = field(default_factory=dict)
    entries: dict[str, dict[str, dict[str, None]]] = field(default_factory=dict)
    """By index, the keys of the items under each hash value."""
    before: dict[str, tuple[float, Item | None]] = field(default_factory=dict)

    watch: Callable[[str, Item], None] | None = None
    """Hears of every item that is put; for those who check what must never be."""

    def key_of(self, given: Item) -> str:
        """Answers the string key; raises what DynamoDB answers to another one."""
        if given.keys() != {self.key} or not isinstance(given[self.key].get("S"), str):
            raise AwsError(
                "ValidationException", "The provided key element does not match the schema"
            )
        return str(given[self.key]["S"])

    def put(self, key: str, item: Item | None, now: float) -> None:
        """Keeps an item (None: removes it) and its place in the indexes."""
        old = self.items.get(key)
        self.before[key] = (now, old)
        for index in self.indexes.values():
            was = None if old is None else _hash(index, old)
            is_now = None if item is None else _hash(index, item)
            if was == is_now:
                continue
            entries = self.entries.setdefault(index.name, {})
            if was is not None:
                entries[was].pop(key, None)
            if is_now is not None:
                entries.setdefault(is_now, {})[key] = None
        if item is None:
            self.items.pop(key, None)
        else:
            self.items[key] = item
            if self.watch is not None:
                self.watch(key, item)

    def as_of(self, key: str, moment: float) -> Item | None:
        """Answers an item as it was at a moment (or, further back, before its last change)."""
        changed, old = self.before.get(key, (moment, None))
        return old if changed > moment else self.items.get(key)

    def forget(self, now: float) -> None:
        """Forgets states that no late read can see any more."""
        self.before = {
            key: state for key, state in self.before.items() if state[0] > now - REMEMBERED_SECONDS
        }


def _hash(index: Index, item: Item) -> str | None:
    """Answers the index's hash value of an item, or None: it is not in the index."""
    if index.range_key is not None and index.range_key not in item:
        return None
    value = item.get(index.hash_key)
    return None if value is None else str(value["S"])


class DynamoDb:
    """The tables of one account.

    `lag` answers how old an eventually consistent read is, in seconds, each time it is asked.
    """

    def __init__(self, now: Callable[[], float], lag: Callable[[], float]) -> None:
        self.tables: dict[str, Table] = {}
        self._now = now
        self._lag = lag
        self._tokens: dict[str, str] = {}

    def create(self, properties: dict[str, Any]) -> None:
        """Makes a table of a template's resolved properties."""
        (key,) = properties["KeySchema"]
        indexes = {
            spec["IndexName"]: _index(spec) for spec in properties.get("GlobalSecondaryIndexes", [])
        }
        name = properties["TableName"]
        self.tables[name] = Table(name, key["AttributeName"], indexes)

    def _table(self, parameters: Parameters) -> Table:
        table = self.tables.get(parameters["TableName"])
        if table is None:
            raise AwsError("ResourceNotFoundException", "Requested resource not found")
        return table

    def get_item(self, parameters: Parameters) -> dict[str, Any]:
        """GetItem."""
        only(
            parameters, "TableName", "Key", "ConsistentRead", "ProjectionExpression", *_EXPRESSIONS
        )
        table = self._table(parameters)
        key = table.key_of(parameters["Key"])
        item = self._read(table, key, consistent=parameters.get("ConsistentRead", False))
        if item is None:
            return {}
        projection = parameters.get("ProjectionExpression")
        if projection is None:
            return {"Item": dict(item)}
        return {"Item": {name: item[name] for name in _plain(projection) if name in item}}

    def _read(self, table: Table, key: str, *, consistent: bool) -> Item | None:
        if consistent:
            return table.items.get(key)
        lag = self._lag()
        return table.as_of(key, self._now() - lag) if lag else table.items.get(key)

    def batch_get_item(self, parameters: Parameters) -> dict[str, Any]:
        """BatchGetItem."""
        only(parameters, "RequestItems")
        responses: dict[str, list[Item]] = {}
        for name, wanted in parameters["RequestItems"].items():
            only(wanted, "Keys", "ConsistentRead")
            table = self._table({"TableName": name})
            keys = [table.key_of(key) for key in wanted["Keys"]]
            if not keys or len(keys) > MOST_KEYS_OF_A_BATCH or len(set(keys)) < len(keys):
                raise AwsError("ValidationException", "the keys are too many, none or not distinct")
            consistent = wanted.get("ConsistentRead", False)
            found = (self._read(table, key, consistent=consistent) for key in keys)
            responses[name] = [dict(item) for item in found if item is not None]
        return {"Responses": responses, "UnprocessedKeys": {}}

    def put_item(self, parameters: Parameters) -> dict[str, Any]:
        """PutItem."""
        only(parameters, "TableName", "Item", *_CONDITIONAL)
        table, key, item = self._prepare_put(parameters)
        table.put(key, item, self._now())
        return {}

    def update_item(self, parameters: Parameters) -> dict[str, Any]:
        """UpdateItem."""
        known = ("TableName", "Key", "UpdateExpression", "ReturnValues", *_CONDITIONAL)
        only(parameters, *known)
        table, key, item = self._prepare_update(parameters)
        before = table.items.get(key)
        table.put(key, item, self._now())
        return _returned(parameters.get("ReturnValues", "NONE"), before, item)

    def transact_write_items(self, parameters: Parameters) -> dict[str, Any]:
        """TransactWriteItems."""
        only(parameters, "TransactItems", "ClientRequestToken")
        writes = parameters["TransactItems"]
        token, text = parameters.get("ClientRequestToken"), json.dumps(writes, sort_keys=True)
        if token is not None and token in self._tokens:
            if self._tokens[token] != text:
                raise AwsError("IdempotentParameterMismatchException", "another request's token")
            return {}
        if not 0 < len(writes) <= MOST_WRITES_OF_A_TRANSACTION:
            raise AwsError("ValidationException", "a transaction has 1 to 100 writes")
        prepared = self._prepare_all(writes)
        for table, key, item in prepared:
            table.put(key, item, self._now())
        if token is not None:
            self._tokens[token] = text
        return {}

    def _prepare_all(self, writes: list[dict[str, Any]]) -> list[tuple[Table, str, Item]]:
        prepared: list[tuple[Table, str, Item]] = []
        reasons: list[dict[str, Any]] = []
        for write in writes:
            try:
                prepared.append(self._prepare(write))
                reasons.append({"Code": "None"})
            except AwsError as error:
                code = error.code.removesuffix("Exception")
                if code not in {"ConditionalCheckFailed", "Validation"}:
                    raise
                named = "ValidationError" if code == "Validation" else code
                reasons.append({"Code": named, "Message": error.message, **error.members})
        if any(reason["Code"] != "None" for reason in reasons):
            codes = ", ".join(reason["Code"] for reason in reasons)
            raise AwsError(
                "TransactionCanceledException",
                "Transaction cancelled, please refer cancellation reasons for specific reasons "
                f"[{codes}]",
                CancellationReasons=reasons,
            )
        if len({(table.name, key) for table, key, _ in prepared}) < len(prepared):
            raise AwsError(
                "ValidationException",
                "Transaction request cannot include multiple operations on one item",
            )
        return prepared

    def _prepare(self, write: dict[str, Any]) -> tuple[Table, str, Item]:
        ((kind, parameters),) = write.items()
        match kind:
            case "Put":
                only(parameters, "TableName", "Item", *_CONDITIONAL)
                return self._prepare_put(parameters)
            case "Update":
                only(parameters, "TableName", "Key", "UpdateExpression", *_CONDITIONAL)
                return self._prepare_update(parameters)
            case _:
                raise UnsupportedError(f"{kind} in a transaction")

    def _prepare_put(self, parameters: Parameters) -> tuple[Table, str, Item]:
        table, item = self._table(parameters), parameters["Item"]
        if table.key not in item:
            raise AwsError("ValidationException", f"Missing the key {table.key} in the item")
        key = table.key_of({table.key: item[table.key]})
        _check(parameters, table.items.get(key))
        _check_size(item)
        return table, key, dict(item)

    def _prepare_update(self, parameters: Parameters) -> tuple[Table, str, Item]:
        table = self._table(parameters)
        key = table.key_of(parameters["Key"])
        existing = table.items.get(key)
        _check(parameters, existing)
        scope = _scope(parameters, existing if existing is not None else dict(parameters["Key"]))
        item = update(parameters["UpdateExpression"])(scope)
        if item.get(table.key) != {"S": key}:
            raise AwsError("ValidationException", f"Cannot update attribute {table.key}")
        _check_size(item)
        return table, key, item

    def query(self, parameters: Parameters) -> dict[str, Any]:
        """Query of an index (eventually consistent)."""
        known = ("TableName", "IndexName", "KeyConditionExpression", "Limit", "ExclusiveStartKey")
        only(parameters, *known, *_EXPRESSIONS)
        table = self._table(parameters)
        index = table.indexes.get(parameters.get("IndexName", ""))
        if index is None:
            raise AwsError("ValidationException", "The table does not have the specified index")
        holds = condition(parameters["KeyConditionExpression"])
        found = [
            (key, item)
            for key, item in self._candidates(table, index, parameters)
            if _hash(index, item) is not None and holds(_scope(parameters, item))
        ]
        found.sort(key=lambda pair: (_rank(index, pair[1]), pair[0]))
        keys = [table.key, index.hash_key, *([index.range_key] if index.range_key else [])]
        shown = [_projected(item, keys) if index.keys_only else dict(item) for _, item in found]
        return _page(parameters, shown, keys)

    def _candidates(
        self, table: Table, index: Index, parameters: Parameters
    ) -> Iterator[tuple[str, Item]]:
        """Answers the items that the index may hold, as old as the read happens to be."""
        values = parameters.get("ExpressionAttributeValues", {})
        hashes = {value["S"] for value in values.values() if "S" in value}
        entries = table.entries.get(index.name, {})
        keys = {key: None for value in sorted(hashes) for key in entries.get(value, ())}
        lag = self._lag()
        if lag:
            table.forget(self._now())
            keys |= dict.fromkeys(table.before)
        for key in keys:
            item = table.as_of(key, self._now() - lag) if lag else table.items.get(key)
            if item is not None:
                yield key, item

    def scan(self, parameters: Parameters) -> dict[str, Any]:
        """Scan of a table, in the order of its keys."""
        known = ("TableName", "Limit", "ExclusiveStartKey", "ConsistentRead", "FilterExpression")
        only(parameters, *known, *_EXPRESSIONS)
        table = self._table(parameters)
        consistent = parameters.get("ConsistentRead", False)
        lag = 0.0 if consistent else self._lag()
        keys = sorted(table.items.keys() | (table.before.keys() if lag else set()))
        moment = self._now() - lag
        read = (table.as_of(key, moment) if lag else table.items.get(key) for key in keys)
        page = _page(parameters, [dict(item) for item in read if item is not None], [table.key])
        if "FilterExpression" in parameters:
            holds = condition(parameters["FilterExpression"])
            page["Items"] = [item for item in page["Items"] if holds(_scope(parameters, item))]
            page["Count"] = len(page["Items"])
        return page


def _index(spec: dict[str, Any]) -> Index:
    keys = {key["KeyType"]: key["AttributeName"] for key in spec["KeySchema"]}
    keys_only = spec["Projection"]["ProjectionType"] == "KEYS_ONLY"
    return Index(spec["IndexName"], keys["HASH"], keys.get("RANGE"), keys_only)


def _plain(projection: str) -> list[str]:
    names = [name.strip() for name in projection.split(",")]
    if not all(name.isidentifier() for name in names):
        raise UnsupportedError(f"projection {projection!r}")
    return names


def _scope(parameters: Parameters, item: Item) -> Scope:
    names = parameters.get("ExpressionAttributeNames", {})
    return Scope(item, names, parameters.get("ExpressionAttributeValues", {}))


def _check(parameters: Parameters, existing: Item | None) -> None:
    text = parameters.get("ConditionExpression")
    if text is None or condition(text)(_scope(parameters, existing or {})):
        return
    members = {}
    if parameters.get("ReturnValuesOnConditionCheckFailure") == "ALL_OLD" and existing:
        members["Item"] = existing
    raise AwsError("ConditionalCheckFailedException", "The conditional request failed", **members)


def _check_size(item: Item) -> None:
    size = sum(len(name) + len(str(value)) for name, value in item.items())
    if size > LARGEST_ITEM:
        raise AwsError("ValidationException", "Item size has exceeded the maximum allowed size")


def _returned(wanted: str, before: Item | None, item: Item) -> dict[str, Any]:
    if wanted == "NONE":
        return {}
    if wanted != "UPDATED_NEW":
        raise UnsupportedError(f"ReturnValues {wanted}")
    old = before or {}
    return {"Attributes": {n: value for n, value in item.items() if old.get(n) != value}}


def _rank(index: Index, item: Item) -> Any:  # noqa: ANN401 - a number or a text
    return "" if index.range_key is None else comparable(item[index.range_key])


def _projected(item: Item, names: list[str]) -> Item:
    return {name: item[name] for name in names if name in item}


def _page(parameters: Parameters, items: list[Item], keys: list[str]) -> dict[str, Any]:
    """Answers the items behind the start key, at most `Limit` or a megabyte of them."""
    start = parameters.get("ExclusiveStartKey")
    if start is not None:
        places = [_projected(item, keys) for item in items]
        items = items[places.index(start) + 1 :] if start in places else _behind(items, start, keys)
    limit, size = parameters.get("Limit"), 0
    page: list[Item] = []
    for item in items:
        size += len(str(item))
        if (limit is not None and len(page) == limit) or (page and size > LARGEST_PAGE):
            break
        page.append(item)
    answer: dict[str, Any] = {"Items": page, "Count": len(page)}
    if len(page) < len(items) or (limit is not None and page and len(page) == limit):
        answer["LastEvaluatedKey"] = _projected(page[-1], keys)
    return answer


def _behind(items: list[Item], start: Item, keys: list[str]) -> list[Item]:
    """Answers the items behind a start key that has gone meanwhile."""

    def place(item: Item) -> tuple[Any, ...]:
        return tuple(comparable(item[name]) for name in [*keys[1:], keys[0]])

    return [item for item in items if place(item) > place(start)]
