"""The local stack answers what the simulator's fake AWS does: two emulators that nobody copied."""

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import uuid4

import pytest
from botocore.exceptions import ClientError
from dynamodb_calls import MISTAKES, Call, heard, sequences, tables_of, with_a_look
from entries import codes, entry
from fake_aws import ACCOUNT, REGION, fake
from hypothesis import HealthCheck, Phase, given, settings
from pattern_examples import EXAMPLES
from queue_calls import Doing, seen, timeless
from shop import until
from sqs_queues import ClientQueues, FakeQueues

from local_stack import LocalStack
from local_stack.aws import Aws
from simulator.aws.events import Event

pytestmark = pytest.mark.end_to_end

FEW = settings(
    deadline=None,
    max_examples=30,
    database=None,
    phases=[Phase.generate],
    suppress_health_check=[HealthCheck.too_slow],
)
"""Every call goes to another process: few examples, and none is made smaller."""
LETS_PASS = {
    "a number that is to begin a text": "types of operands are not checked beforehand",
    "a query of all others": "a key condition is evaluated as any other condition",
    "a query of either": "likewise",
    "a reserved word in a key condition": "reserved words are checked elsewhere only",
    "a set that is to be ordered": "types of operands are not checked beforehand",
    "a transaction with a write of two kinds": "the first kind is done",
    "an attribute that is set twice": "the last value counts",
}
"""What MiniStack lets pass of `MISTAKES`, where the fake does as DynamoDB does."""


@pytest.fixture(scope="module")
def aws(stack: LocalStack) -> Aws:
    return stack.aws


def _of_the_fake(calls: Sequence[Call]) -> list[Any]:
    with fake() as made:
        for properties in tables_of(calls):
            made.cloud.dynamodb.create(properties)
        return heard(made.client("dynamodb"), calls)


def _of_the_stack(aws: Aws, calls: Sequence[Call]) -> list[Any]:
    for properties in tables_of(calls):
        aws.dynamodb.create_table(**properties)
    try:
        return heard(aws.dynamodb, calls)
    finally:
        for properties in tables_of(calls):
            aws.dynamodb.delete_table(TableName=properties["TableName"])


@FEW
@given(calls=sequences(typed=True))
def test_its_tables_answer_as_those_of_the_fake(aws: Aws, calls: list[Call]) -> None:
    everything = with_a_look(calls)
    of_the_fake, of_the_stack = _of_the_fake(everything), _of_the_stack(aws, everything)
    for call, answer, expected in zip(everything, of_the_fake, of_the_stack, strict=True):
        assert answer == expected, call


def test_it_refuses_what_the_fake_refuses_but_for_what_is_listed(aws: Aws) -> None:
    told = _of_the_stack(aws, list(MISTAKES.values()))
    passed = {
        what
        for what, answer in zip(MISTAKES, told, strict=True)
        if answer != ("ValidationException", None, [])
    }
    assert passed == LETS_PASS.keys()


@FEW
@given(doings=timeless)
def test_its_queues_hand_out_what_those_of_the_fake_do(aws: Aws, doings: list[Doing]) -> None:
    with fake() as made:
        told = seen(FakeQueues(made), doings)
    queues = ClientQueues(aws.sqs, prefix=f"{uuid4().hex[:8]}-")
    try:
        assert seen(queues, doings) == told
    finally:
        queues.remove()


@dataclass
class Listening:
    """A bus with rules, and the one queue that they deliver to."""

    aws: Aws
    name: str
    url: str

    def rule(self, name: str, pattern: dict[str, Any]) -> None:
        events = self.aws.events
        events.put_rule(Name=name, EventBusName=self.name, EventPattern=json.dumps(pattern))
        arn = f"arn:aws:sqs:{REGION}:{ACCOUNT}:{self.name}"
        target = {"Id": "q", "Arn": arn}
        events.put_targets(Rule=name, EventBusName=self.name, Targets=[target])

    def heard(self) -> list[dict[str, Any]]:
        """Takes what has arrived meanwhile."""
        sqs, heard = self.aws.sqs, []
        while messages := sqs.receive_message(QueueUrl=self.url, MaxNumberOfMessages=10).get(
            "Messages"
        ):
            for message in messages:
                heard.append(json.loads(message["Body"]))
                sqs.delete_message(QueueUrl=self.url, ReceiptHandle=message["ReceiptHandle"])
        return heard

    def remove(self) -> None:
        events = self.aws.events
        for rule in events.list_rules(EventBusName=self.name)["Rules"]:
            events.remove_targets(Rule=rule["Name"], EventBusName=self.name, Ids=["q"])
            events.delete_rule(Name=rule["Name"], EventBusName=self.name)
        events.delete_event_bus(Name=self.name)
        self.aws.sqs.delete_queue(QueueUrl=self.url)


@pytest.fixture
def listening(aws: Aws) -> Iterator[Listening]:
    name = f"fake-aws-{uuid4().hex[:8]}"
    aws.events.create_event_bus(Name=name)
    made = Listening(aws, name, aws.sqs.create_queue(QueueName=name)["QueueUrl"])
    yield made
    made.remove()


def test_its_rules_take_what_is_documented(listening: Listening) -> None:
    wanted: list[str] = []
    entries: list[dict[str, Any]] = []
    for number, example in enumerate(EXAMPLES):
        # Each rule hears of its own example's events alone.
        pattern = {"detail": {"example": [number], **example.pattern}}
        listening.rule(f"example-{number}", pattern)
        for event, detail in enumerate([*example.taken, *example.left]):
            name = f"{example.name} {event}"
            wanted += [name] if event < len(example.taken) else []
            document = json.dumps({"example": number, "name of it": name, **detail})
            entries.append(entry(EventBusName=listening.name, Detail=document))
    entries.append(entry(EventBusName=listening.name, Source="last"))
    listening.rule("last", {"source": ["last"]})
    for begin in range(0, len(entries), 10):
        listening.aws.events.put_events(Entries=entries[begin : begin + 10])
    told: list[dict[str, Any]] = []

    def all_of_it() -> list[dict[str, Any]]:
        told.extend(listening.heard())
        return told

    until(all_of_it, lambda told: "last" in {e["source"] for e in told}, within=20, what="heard")
    taken = [event["detail"]["name of it"] for event in told if event["source"] != "last"]
    assert sorted(taken) == sorted(wanted)


def test_its_bus_delivers_events_as_the_fake_does(listening: Listening) -> None:
    listening.rule("all", {"source": [{"prefix": "orderbus."}]})
    given_to_both = [entry(EventBusName=listening.name), entry(EventBusName=listening.name)]
    assert codes(listening.aws.events.put_events(Entries=given_to_both)) == [None, None]
    heard = until(listening.heard, bool, within=20, what="delivered")
    event = Event("1", "orderbus.orders", "OrderPlaced", "", given_to_both[0]["Detail"], 0.0)
    told = event.fields()
    # Its time is the moment of its arrival here: MiniStack overwrites what the entry says.
    for one in heard:
        assert {**one, "id": "1", "time": ""} == told


def test_its_bus_accepts_more_than_eventbridge_and_the_fake_do(listening: Listening) -> None:
    # The fake and AWS refuse each of these; whoever relies on it must not try it here.
    bad = [{"Detail": "{"}, {"Detail": "[]"}, {"Detail": ""}, {"Source": ""}]
    entries = [entry(EventBusName=listening.name, **change) for change in bad]
    assert codes(listening.aws.events.put_events(Entries=entries)) == [None] * 4
    with fake() as made:
        told = codes(made.client("events").put_events(Entries=entries))
    assert told == ["MalformedDetail", "MalformedDetail", "InvalidArgument", "InvalidArgument"]


def test_both_refuse_eleven_entries_and_the_name_of_aws(listening: Listening) -> None:
    def put(client: Any, entries: list[dict[str, Any]]) -> Any:  # noqa: ANN401 - codes, or one
        try:
            return codes(client.put_events(Entries=entries))
        except ClientError as error:
            return error.response["Error"]["Code"]

    for entries in ([entry()] * 11, [entry(Source="aws.s3", EventBusName=listening.name)]):
        with fake() as made:
            told = put(made.client("events"), entries)
        assert put(listening.aws.events, entries) == told
