"""What the fake AWS does not know is refused loudly, and never passes for a fault of AWS's."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from fake_aws import Fake, fake

from simulator.aws.dynamodb import DynamoDb
from simulator.aws.errors import UnsupportedError
from simulator.aws.events import EventBridge
from simulator.aws.sqs import Sqs
from simulator.faults import ALL, NONE
from simulator.running import Plan, run

KEY = {"TableName": "things", "Key": {"pk": {"S": "a"}}}
WHERE = {"TableName": "things", "IndexName": "by-lane", "KeyConditionExpression": "lane = :s"}
SHARD = {"ExpressionAttributeValues": {":s": {"S": "0"}}}
INBOX = {"QueueUrl": "https://sqs/inbox"}
ENTRY = {"EventBusName": "bus", "Source": "s", "DetailType": "T", "Detail": "{}", "Time": 0.0}

UNKNOWN: dict[str, tuple[str, str, dict[str, Any]]] = {
    "an operation": (
        "dynamodb",
        "batch_write_item",
        {"RequestItems": {"things": [{"DeleteRequest": {"Key": KEY["Key"]}}]}},
    ),
    "another operation": ("sqs", "purge_queue", INBOX),
    "a third operation": ("events", "list_rules", {}),
    "a fourth operation": ("ssm", "delete_parameter", {"Name": "p"}),
    "a service": ("kms", "list_keys", {}),
    "a parameter of GetItem": ("dynamodb", "get_item", KEY | {"ReturnConsumedCapacity": "TOTAL"}),
    "a parameter of Query": ("dynamodb", "query", WHERE | SHARD | {"ScanIndexForward": False}),
    "a parameter of Scan": ("dynamodb", "scan", {"TableName": "things", "TotalSegments": 2}),
    "a parameter of SendMessage": (
        "sqs",
        "send_message",
        INBOX | {"MessageBody": "m", "MessageSystemAttributes": {}},
    ),
    "a parameter of Publish": (
        "sns",
        "publish",
        {"TopicArn": "arn", "Message": "m", "Subject": "s"},
    ),
    "a message of numbers": (
        "sns",
        "publish",
        {
            "TopicArn": "arn",
            "Message": "m",
            "MessageAttributes": {"n": {"DataType": "Number", "StringValue": "1"}},
        },
    ),
    "a subscription": ("sns", "subscribe", {"TopicArn": "arn", "Protocol": "sqs"}),
    "a shadow": ("iot-data", "get_thing_shadow", {"thingName": "t"}),
    "a reserved topic": ("iot-data", "publish", {"topic": "$aws/things/t/shadow/update"}),
    "a look at a connection": (
        "apigatewaymanagementapi",
        "get_connection",
        {"ConnectionId": "c"},
    ),
    "a member of an entry": (
        "events",
        "put_events",
        {"Entries": [ENTRY | {"Resources": ["arn"]}]},
    ),
    "an entry without a bus": (
        "events",
        "put_events",
        {"Entries": [{k: v for k, v in ENTRY.items() if k != "EventBusName"}]},
    ),
    "an entry without a time": (
        "events",
        "put_events",
        {"Entries": [{k: v for k, v in ENTRY.items() if k != "Time"}]},
    ),
    "a part of a parameter": ("ssm", "get_parameters_by_path", {"Path": "/"}),
    "a member of a transaction": (
        "dynamodb",
        "transact_write_items",
        {"TransactItems": [{"Delete": KEY}]},
    ),
    "what an update answers": (
        "dynamodb",
        "update_item",
        KEY | {"UpdateExpression": "REMOVE a", "ReturnValues": "UPDATED_OLD"},
    ),
    "a member of a batch": (
        "dynamodb",
        "batch_get_item",
        {"RequestItems": {"things": {"Keys": [KEY["Key"]], "AttributesToGet": ["a"]}}},
    ),
}

CONDITIONS = (
    "attribute_type(a, :v)",
    "a BETWEEN :v AND :v",
    "a IN (:v, :v)",
    "a.b = :v",
    "a[0] = :v",
    "a == :v",
    "a = :v :v",
    "((a = :v))",
    ":v = a",
    "a = b",
    "contains(a, b)",
    "attribute_exists(:v)",
    "(a = :v",
    "NOT",
    "",
)
UPDATES = ("SET a.b = :v", "SET a = :v - :v - :v", "SET a :v", "REMOVE a REMOVE b")


@pytest.mark.parametrize("surface", ["boto3", "botocore"])
@pytest.mark.parametrize("what", UNKNOWN)
def test_an_unknown_call_is_refused(what: str, surface: str) -> None:
    service, operation, parameters = UNKNOWN[what]
    with deployed(surface) as made, pytest.raises(UnsupportedError):
        getattr(made.client(service), operation)(**parameters)


@pytest.mark.parametrize("text", CONDITIONS)
def test_an_unknown_condition_is_refused(text: str) -> None:
    with deployed() as made, pytest.raises(UnsupportedError):
        made.client("dynamodb").put_item(
            TableName="things",
            Item={"pk": {"S": "a"}},
            ConditionExpression=text,
            ExpressionAttributeValues={":v": {"N": "1"}},
        )


@pytest.mark.parametrize("text", UPDATES)
def test_an_unknown_update_is_refused(text: str) -> None:
    with deployed() as made, pytest.raises(UnsupportedError):
        made.client("dynamodb").update_item(
            **KEY, UpdateExpression=text, ExpressionAttributeValues={":v": {"N": "1"}}
        )


@pytest.mark.parametrize(
    "properties",
    [
        {"KeySchema": [{"AttributeName": name, "KeyType": "HASH"} for name in ("pk", "sk")]},
        {"AttributeDefinitions": [{"AttributeName": "pk", "AttributeType": "N"}]},
        {"LocalSecondaryIndexes": []},
    ],
    ids=["two hash keys", "a number as the key", "local indexes"],
)
def test_an_unknown_kind_of_table_is_refused(properties: dict[str, Any]) -> None:
    with fake() as made, pytest.raises(UnsupportedError):
        made.cloud.dynamodb.create(table() | properties)


@pytest.mark.parametrize(
    ("owner", "name", "failure"),
    [
        (DynamoDb, "put_item", UnsupportedError("put_item")),
        (DynamoDb, "query", KeyError("a slip of the fake's own")),
        (EventBridge, "put_entries", UnsupportedError("put_entries")),
        (Sqs, "change_message_visibility", UnsupportedError("change_message_visibility")),
    ],
    ids=["a write", "a sweep", "publishing", "backing off"],
)
@pytest.mark.parametrize("wire", [False, True], ids=["fast", "wire"])
def test_a_run_fails_with_what_the_fake_does_not_know(
    owner: type, name: str, failure: Exception, monkeypatch: pytest.MonkeyPatch, *, wire: bool
) -> None:
    monkeypatch.setattr(owner, name, _failing(failure))
    with pytest.raises(type(failure), match=str(failure)):
        run(Plan(seed=5, orders=12, rates=ALL.times(4.0), swarmed=False, wire=wire))


def test_no_fault_of_a_world_passes_for_a_failure_of_the_fake() -> None:
    assert run(Plan(seed=2, orders=8, rates=NONE)).violations == []


def _failing(failure: Exception) -> Callable[..., Any]:
    def fail(*_arguments: object) -> Any:  # noqa: ANN401 - it never answers
        raise failure

    return fail


def table() -> dict[str, Any]:
    """Answers a table's properties as a template would have them."""
    return {
        "TableName": "things",
        "BillingMode": "PAY_PER_REQUEST",
        "KeySchema": [{"AttributeName": "pk", "KeyType": "HASH"}],
        "AttributeDefinitions": [
            {"AttributeName": "pk", "AttributeType": "S"},
            {"AttributeName": "lane", "AttributeType": "S"},
        ],
        "GlobalSecondaryIndexes": [
            {
                "IndexName": "by-lane",
                "KeySchema": [{"AttributeName": "lane", "KeyType": "HASH"}],
                "Projection": {"ProjectionType": "ALL"},
            }
        ],
    }


@contextmanager
def deployed(surface: str = "boto3") -> Iterator[Fake]:
    with fake(surface) as made:
        made.cloud.dynamodb.create(table())
        yield made
