"""DynamoDB's tables: items by one or two string keys, and sparse indexes by strings."""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from simulator.aws.errors import AwsError, UnsupportedError, only
from simulator.aws.values import Item

Key = str | tuple[str, str]
"""An item's hash value, or its hash and its range value."""
LONGEST_KEY, LONGEST_RANGE = 2048, 1024
"""https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/Constraints.html"""
ITSELF = ""
"""The name under which a table's own keys stand among its indexes."""
REMEMBERED_SECONDS = 5.0
"""How long the state before a change is kept, for reads that come too early."""
_CREATED_WITH = (
    "TableName",
    "BillingMode",
    "KeySchema",
    "AttributeDefinitions",
    "GlobalSecondaryIndexes",
    # What makes no difference to callers.
    "SSESpecification",
    "PointInTimeRecoverySpecification",
    "TimeToLiveSpecification",
    "DeletionProtectionEnabled",
    "Tags",
)


@dataclass(frozen=True)
class Index:
    """A global secondary index by two string keys (or one), with what it projects."""

    name: str
    hash_key: str
    range_key: str | None
    keys_only: bool

    @property
    def keys(self) -> tuple[str, ...]:
        """Its key attributes, the hash key first."""
        return (self.hash_key,) if self.range_key is None else (self.hash_key, self.range_key)


@dataclass
class Table:
    """One table and the state of its items before their last change."""

    name: str
    itself: Index
    """The table's own keys."""
    indexes: dict[str, Index] = field(default_factory=dict)
    items: dict[Key, Item] = field(default_factory=dict)
    entries: dict[str, dict[str, dict[Key, None]]] = field(default_factory=dict)
    """By index, the keys of the items under each hash value."""
    before: dict[Key, tuple[float, Item | None]] = field(default_factory=dict)
    watch: Callable[[Key, Item], None] | None = None
    """Hears of every item that is put; for those who check what must never be."""
    kept: tuple[Index, ...] = field(init=False)
    """What `entries` is kept for: the indexes, and the table itself if it has a range key."""

    def __post_init__(self) -> None:
        itself = () if self.itself.range_key is None else (self.itself,)
        self.kept = (*self.indexes.values(), *itself)

    @property
    def keys(self) -> tuple[str, ...]:
        """The attributes that an item is known by."""
        return self.itself.keys

    def key_of(self, given: Item) -> Key:
        """Answers the item's key; raises what DynamoDB answers to another one."""
        hash_key, range_key = self.itself.hash_key, self.itself.range_key
        if len(given) != len(self.keys):
            raise _mismatch()
        key = _text(given, hash_key, LONGEST_KEY)
        return key if range_key is None else (key, _text(given, range_key, LONGEST_RANGE))

    def check(self, item: Item) -> None:
        """Refuses an item whose index keys are no texts of the right length."""
        for index in self.indexes.values():
            for name, most in ((index.hash_key, LONGEST_KEY), (index.range_key, LONGEST_RANGE)):
                value = item.get(name) if name else None
                if value is None:
                    continue
                if "S" not in value or not 0 < len(value["S"].encode()) <= most:
                    raise _invalid(f"One or more parameter values were invalid: index key {name}")

    def under(self, index: Index, value: str) -> dict[Key, None]:
        """Answers the keys of the items that an index, or the table itself, has under a value."""
        if index is self.itself and index.range_key is None:
            return {value: None}
        return dict(self.entries.get(index.name, {}).get(value, {}))

    def put(self, key: Key, item: Item | None, now: float) -> None:
        """Keeps an item (None: removes it) and its place in the indexes."""
        old = self.items.get(key)
        self.before[key] = (now, old)
        for index in self.kept:
            was = None if old is None else hash_of(index, old)
            is_now = None if item is None else hash_of(index, item)
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

    def as_of(self, key: Key, moment: float) -> Item | None:
        """Answers an item as it was at a moment (or, further back, before its last change)."""
        changed, old = self.before.get(key, (moment, None))
        return old if changed > moment else self.items.get(key)

    def forget(self, now: float) -> None:
        """Forgets states that no late read can see any more."""
        self.before = {
            key: state for key, state in self.before.items() if state[0] > now - REMEMBERED_SECONDS
        }


def hash_of(index: Index, item: Item) -> str | None:
    """Answers the index's hash value of an item, or None: it is not in the index."""
    if index.range_key is not None and index.range_key not in item:
        return None
    value = item.get(index.hash_key)
    return None if value is None else str(value["S"])


def table_of(properties: dict[str, Any]) -> Table:
    """Answers the table of a template's resolved properties."""
    only(properties, *_CREATED_WITH)
    for attribute in properties["AttributeDefinitions"]:
        if attribute["AttributeType"] != "S":
            raise UnsupportedError(f"{attribute['AttributeName']} is a key and no string")
    specs = properties.get("GlobalSecondaryIndexes", ())
    indexes = {spec["IndexName"]: _index(spec) for spec in specs}
    itself = Index(ITSELF, *_keys(properties["KeySchema"]), keys_only=False)
    return Table(properties["TableName"], itself, indexes)


def _index(spec: dict[str, Any]) -> Index:
    only(spec, "IndexName", "KeySchema", "Projection")
    projected = spec["Projection"]["ProjectionType"]
    if projected not in {"KEYS_ONLY", "ALL"}:
        raise UnsupportedError(f"an index that projects {projected}")
    keys = _keys(spec["KeySchema"])
    return Index(spec["IndexName"], *keys, keys_only=projected == "KEYS_ONLY")


def _keys(schema: list[dict[str, str]]) -> tuple[str, str | None]:
    """Answers the hash key and the range key of a schema."""
    keys = {key["KeyType"]: key["AttributeName"] for key in schema}
    if len(keys) < len(schema):
        raise UnsupportedError(f"the key schema {schema}")
    return keys["HASH"], keys.get("RANGE")


def _text(given: Item, name: str, most: int) -> str:
    text = given.get(name, {}).get("S")
    if not isinstance(text, str):
        raise _mismatch()
    if not 0 < len(text.encode()) <= most:
        raise _invalid(f"The key {name} has a length of 1 to {most} bytes")
    return text


def _mismatch() -> AwsError:
    return _invalid("The provided key element does not match the schema")


def _invalid(message: str) -> AwsError:
    return AwsError("ValidationException", message)
