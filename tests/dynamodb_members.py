"""Random calls of a table with a hash and a range key: members of things."""

from typing import Any

from hypothesis import strategies as st

MEMBERS = "members"
PROPERTIES: dict[str, Any] = {
    "TableName": MEMBERS,
    "BillingMode": "PAY_PER_REQUEST",
    "KeySchema": [
        {"AttributeName": "of", "KeyType": "HASH"},
        {"AttributeName": "who", "KeyType": "RANGE"},
    ],
    "AttributeDefinitions": [
        {"AttributeName": "of", "AttributeType": "S"},
        {"AttributeName": "who", "AttributeType": "S"},
    ],
}
Arguments = dict[str, Any]
Draw = Any

hashes = st.sampled_from(["a", "b"])
ranges = st.sampled_from(["#state", "m", "mm", "n", "é"])


@st.composite
def keys(draw: Draw) -> dict[str, Any]:
    return {"of": {"S": draw(hashes)}, "who": {"S": draw(ranges)}}


@st.composite
def puts(draw: Draw) -> tuple[str, Arguments]:
    item = draw(keys()) | {"amount": {"N": str(draw(st.integers(0, 3)))}}
    arguments = {"TableName": MEMBERS, "Item": item}
    return "put_item", arguments | draw(st.sampled_from([{}, {}, NEW]))


@st.composite
def updates(draw: Draw) -> tuple[str, Arguments]:
    arguments = {
        "TableName": MEMBERS,
        "Key": draw(keys()),
        "UpdateExpression": "SET amount = :v",
        "ExpressionAttributeValues": {":v": {"N": "7"}},
        "ReturnValues": draw(st.sampled_from(["NONE", "ALL_NEW", "ALL_OLD"])),
    }
    return "update_item", arguments


@st.composite
def deletes(draw: Draw) -> tuple[str, Arguments]:
    arguments = {"TableName": MEMBERS, "Key": draw(keys())}
    arguments |= draw(st.sampled_from([{}, {}, KNOWN]))
    return "delete_item", arguments | draw(st.sampled_from([{}, {"ReturnValues": "ALL_OLD"}]))


@st.composite
def reads(draw: Draw) -> tuple[str, Arguments]:
    if draw(st.booleans()):
        return "get_item", {"TableName": MEMBERS, "Key": draw(keys()), "ConsistentRead": True}
    wanted = draw(st.lists(keys(), min_size=1, max_size=3, unique_by=repr))
    shown = {
        "ProjectionExpression": "#who, amount",
        "ExpressionAttributeNames": {"#who": "who"},
    }
    asked = {"Keys": wanted, "ConsistentRead": True} | draw(st.sampled_from([{}, shown]))
    return "batch_get_item", {"RequestItems": {MEMBERS: asked}}


@st.composite
def queries(draw: Draw) -> tuple[str, Arguments]:
    text, values = "#of = :of", {":of": {"S": draw(hashes)}}
    if draw(st.booleans()):
        symbol = draw(st.sampled_from(["=", "<", "<=", ">", ">=", "begins_with"]))
        text += (
            " AND begins_with(who, :who)" if symbol == "begins_with" else f" AND who {symbol} :who"
        )
        values[":who"] = {"S": draw(ranges)}
    arguments = {
        "TableName": MEMBERS,
        "KeyConditionExpression": text,
        "ExpressionAttributeNames": {"#of": "of"},
        "ExpressionAttributeValues": values,
        "ConsistentRead": True,
    }
    if draw(st.booleans()):
        arguments["Limit"] = draw(st.integers(1, 3))
    return "query", arguments


NEW = {
    "ConditionExpression": "attribute_not_exists(#of)",
    "ExpressionAttributeNames": {"#of": "of"},
}
KNOWN = {
    "ConditionExpression": "amount > :v",
    "ExpressionAttributeValues": {":v": {"N": "1"}},
}
calls = st.one_of(puts(), puts(), updates(), deletes(), reads(), queries())
