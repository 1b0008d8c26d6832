"""The fake's PutEvents and parameter store answer what moto's do."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import Any

import pytest
from botocore.exceptions import ClientError
from entries import BUS, TIME, codes, entry
from fake_aws import ACCOUNT, REGION, SURFACES, client, fake, moto
from hypothesis import given, settings
from hypothesis import strategies as st

from simulator.aws.events import Event, EventBus, Rule, Target
from simulator.aws.patterns import Pattern

PATTERN = {"source": [{"prefix": "orderbus."}]}
ENTRIES = st.sampled_from(
    [
        entry(),
        entry(Source="other"),
        entry(Detail="{"),
        entry(Detail=""),
        entry(Detail="{} {}"),
        entry(Source=""),
        entry(DetailType=""),
    ]
)


@contextmanager
def listening(surface: str) -> Iterator[list[dict[str, Any]]]:
    """Puts a bus of the fake below all clients; answers what the target of its rule gets."""
    heard: list[dict[str, Any]] = []

    def deliver(event: Event, _target: Target) -> None:
        heard.append(json.loads(event.body))

    with fake(surface) as made:
        bus = EventBus(BUS, deliver)
        bus.rules.append(Rule("rule", "arn", Pattern(PATTERN), (Target("arn", None),)))
        made.cloud.events.buses[BUS] = bus
        yield heard


@pytest.fixture(scope="module")
def moto_queue() -> str:
    """Answers the URL of a queue that a rule of moto's delivers to."""
    with moto():
        events, sqs = client("events"), client("sqs")
        url = str(sqs.create_queue(QueueName="heard")["QueueUrl"])
        events.create_event_bus(Name=BUS)
        events.put_rule(Name="rule", EventBusName=BUS, EventPattern=json.dumps(PATTERN))
        arn = f"arn:aws:sqs:{REGION}:123456789012:heard"
        events.put_targets(Rule="rule", EventBusName=BUS, Targets=[{"Id": "q", "Arn": arn}])
    return url


def _heard_by_moto(url: str) -> list[dict[str, Any]]:
    sqs, heard = client("sqs"), []
    while messages := sqs.receive_message(QueueUrl=url, MaxNumberOfMessages=10).get("Messages"):
        heard += [json.loads(message["Body"]) for message in messages]
        for message in messages:
            sqs.delete_message(QueueUrl=url, ReceiptHandle=message["ReceiptHandle"])
    return heard


def _put(entries: list[dict[str, Any]]) -> Any:  # noqa: ANN401 - codes, or one code
    try:
        answer = client("events").put_events(Entries=entries)
    except ClientError as error:
        return error.response["Error"]["Code"]
    assert answer["FailedEntryCount"] == len([code for code in codes(answer) if code])
    return codes(answer)


@settings(deadline=None, max_examples=60)
@given(
    surface=st.sampled_from(sorted(SURFACES)), entries=st.lists(ENTRIES, min_size=1, max_size=11)
)
def test_the_fake_takes_and_delivers_the_entries_that_moto_does(
    moto_queue: str, surface: str, entries: list[dict[str, Any]]
) -> None:
    with listening(surface) as heard:
        told = _put(entries)
    with moto():
        assert told == _put(entries)
        of_moto = _heard_by_moto(moto_queue)
    assert [_comparable(event) for event in heard] == [_comparable(e) for e in of_moto]


def _comparable(event: dict[str, Any]) -> dict[str, Any]:
    """Answers an event without its id and its account, and without moto's own time of arrival."""
    return {k: v for k, v in event.items() if k not in {"id", "account", "time", "ingestion-time"}}


@pytest.mark.parametrize("surface", sorted(SURFACES))
def test_an_events_time_is_told_in_seconds_and_in_utc(surface: str) -> None:
    # moto hands on the number that came over the wire; EventBridge tells RFC 3339.
    # https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-events-structure.html
    with listening(surface) as heard:
        _put([entry(Time=TIME)])
        _put([entry(Time=datetime(2026, 1, 5, 11, 30, 7, 999000, UTC))])
    assert [event["time"] for event in heard] == [
        "2026-01-05T09:00:00Z",
        "2026-01-05T11:30:07Z",
    ]
    assert {event["account"] for event in heard} == {ACCOUNT}
    assert len({event["id"] for event in heard}) == 2


@pytest.mark.parametrize("surface", sorted(SURFACES))
@pytest.mark.parametrize("detail", ["[]", '"text"', "1", "null"])
def test_a_detail_that_is_no_object_is_malformed(surface: str, detail: str) -> None:
    # moto warns and takes it. "MalformedDetail":
    # https://docs.aws.amazon.com/eventbridge/latest/APIReference/API_PutEventsResultEntry.html
    with listening(surface) as heard:
        assert _put([entry(Detail=detail), entry()]) == ["MalformedDetail", None]
    assert len(heard) == 1


@pytest.mark.parametrize("surface", sorted(SURFACES))
def test_a_request_is_no_larger_than_eventbridge_takes(surface: str) -> None:
    # moto takes any size; the limit is of all entries together.
    # https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-putevents.html
    half = entry(Detail=json.dumps({"text": "é" * 262_200}, ensure_ascii=False))
    with listening(surface) as heard:
        assert _put([half]) == [None]
        assert _put([half, half]) == "ValidationException"
    assert len(heard) == 1


@pytest.mark.parametrize("surface", sorted(SURFACES))
def test_an_event_for_a_bus_that_is_not_there_is_lost_without_a_word(surface: str) -> None:
    # moto answers with an error; PutEvents documents none for it.
    # https://docs.aws.amazon.com/eventbridge/latest/APIReference/API_PutEvents.html
    with listening(surface) as heard:
        assert _put([entry(EventBusName="nowhere")]) == [None]
    assert heard == []


@pytest.mark.parametrize("surface", sorted(SURFACES))
def test_nobody_publishes_in_the_name_of_aws(surface: str) -> None:
    with listening(surface):
        assert _put([entry(Source="aws.s3")]) == ["NotAuthorizedForSourceException"]


@pytest.mark.parametrize("surface", [*sorted(SURFACES), "moto"])
def test_parameters_are_kept_overwritten_and_read_the_same_everywhere(surface: str) -> None:
    ssm = client("ssm")
    with moto() if surface == "moto" else fake(surface):
        with pytest.raises(ssm.exceptions.ParameterNotFound):
            ssm.get_parameter(Name="/a", WithDecryption=True)
        kept = {"Name": "/a", "Type": "SecureString"}
        assert ssm.put_parameter(**kept, Value="1")["Version"] == 1
        with pytest.raises(ssm.exceptions.ParameterAlreadyExists):
            ssm.put_parameter(**kept, Value="2")
        assert ssm.put_parameter(**kept, Value="3", Overwrite=True)["Version"] == 2
        assert ssm.get_parameter(Name="/a", WithDecryption=True)["Parameter"]["Value"] == "3"
        answer = ssm.get_parameters(Names=["/b", "/a"], WithDecryption=True)
    assert [parameter["Value"] for parameter in answer["Parameters"]] == ["3"]
    assert answer["InvalidParameters"] == ["/b"]
