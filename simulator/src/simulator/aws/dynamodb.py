"""DynamoDB: conditional writes, transactions, queries and scans, late reads."""

import json
from collections.abc import Callable, Iterator
from typing import Any

from simulator.aws.checks import check, check_key_condition, targets
from simulator.aws.errors import AwsError, UnsupportedError, only
from simulator.aws.expressions import (
    Scope,
    compiled_projection,
    compiled_update,
    condition,
    update,
)
from simulator.aws.pages import page_of, place
from simulator.aws.tables import ITSELF, Index, Key, Table, hash_of, table_of
from simulator.aws.values import Item, size_of

Parameters = dict[str, Any]
LARGEST_ITEM = 400 * 1024
LARGEST_TRANSACTION = 4 * 1024 * 1024
MOST_KEYS_OF_A_BATCH = 100
MOST_WRITES_OF_A_TRANSACTION = 100
TOKEN_SECONDS = 600.0
"""How long a transaction's token stands for it.

https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_TransactWriteItems.html
"""

_EXPRESSIONS = ("ExpressionAttributeNames", "ExpressionAttributeValues")
_CONDITIONAL = ("ConditionExpression", "ReturnValuesOnConditionCheckFailure", *_EXPRESSIONS)
_PUT = ("TableName", "Item", *_CONDITIONAL)
_UPDATE = ("TableName", "Key", "UpdateExpression", *_CONDITIONAL)


class DynamoDb:
    """The tables of one account.

    `lag` answers how old an eventually consistent read is, in seconds, each time it is asked.
    """

    def __init__(self, now: Callable[[], float], lag: Callable[[], float]) -> None:
        self.tables: dict[str, Table] = {}
        self._now = now
        self._lag = lag
        self._tokens: dict[str, tuple[float, str]] = {}

    def create(self, properties: dict[str, Any]) -> None:
        """Makes a table of a template's resolved properties."""
        table = table_of(properties)
        self.tables[table.name] = table

    def _table(self, name: str) -> Table:
        table = self.tables.get(name)
        if table is None:
            raise AwsError("ResourceNotFoundException", "Requested resource not found")
        return table

    def get_item(self, parameters: Parameters) -> dict[str, Any]:
        """GetItem."""
        only(
            parameters, "TableName", "Key", "ConsistentRead", "ProjectionExpression", *_EXPRESSIONS
        )
        check(parameters)
        table = self._table(parameters["TableName"])
        key = table.key_of(parameters["Key"])
        item = self._read(table, key, consistent=parameters.get("ConsistentRead", False))
        if item is None:
            return {}
        return {"Item": _shown(parameters, item)}

    def _read(self, table: Table, key: Key, *, consistent: bool) -> Item | None:
        if consistent:
            return table.items.get(key)
        lag = self._lag()
        return table.as_of(key, self._now() - lag) if lag else table.items.get(key)

    def batch_get_item(self, parameters: Parameters) -> dict[str, Any]:
        """BatchGetItem."""
        only(parameters, "RequestItems")
        responses: dict[str, list[Item]] = {}
        left = MOST_KEYS_OF_A_BATCH
        for name, wanted in parameters["RequestItems"].items():
            only(wanted, "Keys", "ConsistentRead", "ProjectionExpression", *_EXPRESSIONS)
            check(wanted)
            table = self._table(name)
            keys = [table.key_of(key) for key in wanted["Keys"]]
            left -= len(keys)
            if not keys or left < 0 or len(set(keys)) < len(keys):
                raise _invalid("the keys are too many, none or not distinct")
            consistent = wanted.get("ConsistentRead", False)
            found = (self._read(table, key, consistent=consistent) for key in keys)
            responses[name] = [_shown(wanted, item) for item in found if item is not None]
        if not responses:
            raise _invalid("the batch asks for nothing")
        return {"Responses": responses, "UnprocessedKeys": {}}

    def put_item(self, parameters: Parameters) -> dict[str, Any]:
        """PutItem."""
        only(parameters, *_PUT)
        table, key = self._put_key(parameters)
        table.put(key, _put(table, key, parameters), self._now())
        return {}

    def update_item(self, parameters: Parameters) -> dict[str, Any]:
        """UpdateItem."""
        only(parameters, "ReturnValues", *_UPDATE)
        table, key = self._update_key(parameters)
        item = _update(table, key, parameters)
        answer = _returned(parameters, table.items.get(key), item)
        table.put(key, item, self._now())
        return answer

    def delete_item(self, parameters: Parameters) -> dict[str, Any]:
        """DeleteItem."""
        only(parameters, "TableName", "Key", "ReturnValues", *_CONDITIONAL)
        check(parameters)
        wanted = parameters.get("ReturnValues", "NONE")
        if wanted not in {"NONE", "ALL_OLD"}:
            raise _invalid("Return values set to invalid value")
        table = self._table(parameters["TableName"])
        key = table.key_of(parameters["Key"])
        existing = table.items.get(key)
        _check_condition(parameters, existing)
        if existing is None:
            return {}
        table.put(key, None, self._now())
        return {"Attributes": dict(existing)} if wanted == "ALL_OLD" else {}

    def _put_key(self, parameters: Parameters) -> tuple[Table, Key]:
        """Answers what a put is about, once it is right whatever the item is."""
        check(parameters)
        table, item = self._table(parameters["TableName"]), parameters["Item"]
        key = table.key_of({name: item[name] for name in table.keys if name in item})
        table.check(item)
        _check_size(item)
        return table, key

    def _update_key(self, parameters: Parameters) -> tuple[Table, Key]:
        """Answers what an update is about, likewise."""
        check(parameters)
        if "UpdateExpression" not in parameters:
            raise UnsupportedError("an update without an expression")
        table = self._table(parameters["TableName"])
        names = parameters.get("ExpressionAttributeNames", {})
        written = targets(compiled_update(parameters["UpdateExpression"]), names)
        if not written.isdisjoint(table.keys):
            raise _invalid(f"Cannot update {table.keys}: they are the key")
        return table, table.key_of(parameters["Key"])

    def transact_write_items(self, parameters: Parameters) -> dict[str, Any]:
        """TransactWriteItems."""
        only(parameters, "TransactItems", "ClientRequestToken")
        writes = parameters["TransactItems"]
        if not 0 < len(writes) <= MOST_WRITES_OF_A_TRANSACTION:
            raise _invalid("a transaction has 1 to 100 writes")
        token, text = parameters.get("ClientRequestToken"), ""
        if token is not None:
            text = json.dumps(writes, sort_keys=True)
            if self._is_known(token, text):
                return {}
        for table, key, item in self._prepared(writes):
            table.put(key, item, self._now())
        if token is not None:
            self._tokens[token] = (self._now(), text)
        return {}

    def _is_known(self, token: str, text: str) -> bool:
        if token not in self._tokens or self._tokens[token][0] < self._now() - TOKEN_SECONDS:
            return False
        if self._tokens[token][1] != text:
            raise AwsError("IdempotentParameterMismatchException", "another request's token")
        return True

    def _prepared(self, writes: list[dict[str, Any]]) -> list[tuple[Table, Key, Item]]:
        """Answers what every write leads to; raises the reasons, one per write, if one can't be."""
        keys = [self._key_of_write(write) for write in writes]
        if len({(table.name, key) for table, key in keys}) < len(keys):
            raise _invalid("Transaction request cannot include multiple operations on one item")
        prepared: list[tuple[Table, Key, Item]] = []
        reasons: list[dict[str, Any]] = []
        for write, (table, key) in zip(writes, keys, strict=True):
            try:
                prepared.append((table, key, _written(table, key, write)))
                reasons.append({"Code": "None"})
            except AwsError as error:
                reasons.append(_reason(error))
        if len(prepared) < len(writes):
            codes = ", ".join(reason["Code"] for reason in reasons)
            message = (
                "Transaction cancelled, please refer cancellation reasons for specific reasons"
            )
            raise AwsError(
                "TransactionCanceledException", f"{message} [{codes}]", CancellationReasons=reasons
            )
        if sum(size_of(item) for _, _, item in prepared) > LARGEST_TRANSACTION:
            raise _invalid("Collection of items exceeds the transaction's maximum size")
        return prepared

    def _key_of_write(self, write: dict[str, Any]) -> tuple[Table, Key]:
        if len(write) != 1:
            raise _invalid("TransactItems can only contain one of Check, Put, Update or Delete")
        ((kind, parameters),) = write.items()
        match kind:
            case "Put":
                only(parameters, *_PUT)
                return self._put_key(parameters)
            case "Update":
                only(parameters, *_UPDATE)
                return self._update_key(parameters)
            case _:
                raise UnsupportedError(f"{kind} in a transaction")

    def query(self, parameters: Parameters) -> dict[str, Any]:
        """Query of a table, or of an index of it (eventually consistent)."""
        known = ("TableName", "IndexName", "KeyConditionExpression", "Limit", "ExclusiveStartKey")
        only(parameters, *known, "ConsistentRead", *_EXPRESSIONS)
        check(parameters)
        table = self._table(parameters["TableName"])
        index = _queried(table, parameters)
        wanted, matches = check_key_condition(parameters, index.keys)
        consistent = parameters.get("ConsistentRead", False)
        found = [
            dict(item)
            for item in self._candidates(table, index, wanted, consistent=consistent)
            if hash_of(index, item) == wanted and matches(item)
        ]
        order = tuple(dict.fromkeys((*index.keys[1:], *table.keys)))
        found.sort(key=lambda item: place(item, order))
        keys = tuple(dict.fromkeys((*table.keys, *index.keys)))
        if index.keys_only:
            found = [_projected(item, keys) for item in found]
        return page_of(parameters, found, keys, order)

    def _candidates(
        self, table: Table, index: Index, wanted: str, *, consistent: bool
    ) -> Iterator[Item]:
        """Answers the items that the index may hold, as old as the read happens to be."""
        keys = table.under(index, wanted)
        lag = 0.0 if consistent else self._lag()
        if lag:
            table.forget(self._now())
            keys |= dict.fromkeys(table.before)
        for key in keys:
            item = table.as_of(key, self._now() - lag) if lag else table.items.get(key)
            if item is not None:
                yield item

    def scan(self, parameters: Parameters) -> dict[str, Any]:
        """Scan of a table, in the order of its keys."""
        known = ("TableName", "Limit", "ExclusiveStartKey", "ConsistentRead", "FilterExpression")
        only(parameters, *known, *_EXPRESSIONS)
        check(parameters)
        table = self._table(parameters["TableName"])
        consistent = parameters.get("ConsistentRead", False)
        lag = 0.0 if consistent else self._lag()
        keys: list[Any] = sorted(table.items.keys() | (table.before.keys() if lag else set()))
        moment = self._now() - lag
        read = (table.as_of(key, moment) if lag else table.items.get(key) for key in keys)
        found = [dict(item) for item in read if item is not None]
        page = page_of(parameters, found, table.keys, table.keys)
        if "FilterExpression" in parameters:
            holds = condition(parameters["FilterExpression"])
            page["Items"] = [item for item in page["Items"] if holds(_scope(parameters, item))]
            page["Count"] = len(page["Items"])
        return page


def _queried(table: Table, parameters: Parameters) -> Index:
    """Answers what is queried: an index, or the table itself."""
    name = parameters.get("IndexName", ITSELF)
    if name == ITSELF:
        return table.itself
    if name not in table.indexes:
        raise _invalid("The table does not have the specified index")
    if parameters.get("ConsistentRead", False):
        raise _invalid("Consistent reads are not supported on global secondary indexes")
    return table.indexes[name]


def _written(table: Table, key: Key, write: dict[str, Any]) -> Item:
    if "Put" in write:
        return _put(table, key, write["Put"])
    return _update(table, key, write["Update"])


def _put(table: Table, key: Key, parameters: Parameters) -> Item:
    """Answers the item that a put leaves behind."""
    _check_condition(parameters, table.items.get(key))
    return dict(parameters["Item"])


def _update(table: Table, key: Key, parameters: Parameters) -> Item:
    """Answers the item that an update leaves behind."""
    existing = table.items.get(key)
    _check_condition(parameters, existing)
    scope = _scope(parameters, existing if existing is not None else dict(parameters["Key"]))
    item = update(parameters["UpdateExpression"])(scope)
    table.check(item)
    _check_size(item)
    return item


def _scope(parameters: Parameters, item: Item) -> Scope:
    names = parameters.get("ExpressionAttributeNames", {})
    return Scope(item, names, parameters.get("ExpressionAttributeValues", {}))


def _check_condition(parameters: Parameters, existing: Item | None) -> None:
    text = parameters.get("ConditionExpression")
    if text is None or condition(text)(_scope(parameters, existing or {})):
        return
    members = {}
    if parameters.get("ReturnValuesOnConditionCheckFailure") == "ALL_OLD" and existing:
        members["Item"] = existing
    raise AwsError("ConditionalCheckFailedException", "The conditional request failed", **members)


def _reason(error: AwsError) -> dict[str, Any]:
    """Answers why one write cancels its transaction."""
    code = error.code.removesuffix("Exception")
    named = "ValidationError" if code == "Validation" else code
    return {"Code": named, "Message": error.message, **error.members}


def _check_size(item: Item) -> None:
    if size_of(item) > LARGEST_ITEM:
        raise _invalid("Item size has exceeded the maximum allowed size")


def _returned(parameters: Parameters, existing: Item | None, item: Item) -> dict[str, Any]:
    wanted = parameters.get("ReturnValues", "NONE")
    match wanted:
        case "NONE":
            shown: Item = {}
        case "ALL_NEW":
            shown = dict(item)
        case "ALL_OLD":
            shown = dict(existing or {})
        case "UPDATED_NEW":
            names = parameters.get("ExpressionAttributeNames", {})
            written = targets(compiled_update(parameters["UpdateExpression"]), names)
            shown = _projected(item, tuple(written))
        case _:
            raise UnsupportedError(f"ReturnValues {wanted}")
    return {"Attributes": shown} if shown else {}


def _shown(parameters: Parameters, item: Item) -> Item:
    """Answers a copy of what a read shows of an item."""
    if "ProjectionExpression" not in parameters:
        return dict(item)
    compiled = compiled_projection(parameters["ProjectionExpression"])
    shown = targets(compiled, parameters.get("ExpressionAttributeNames", {}))
    return {name: value for name, value in item.items() if name in shown}


def _projected(item: Item, names: tuple[str, ...]) -> Item:
    return {name: item[name] for name in names if name in item}


def _invalid(message: str) -> AwsError:
    return AwsError("ValidationException", message)
