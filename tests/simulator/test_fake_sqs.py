"""The fake's SQS does what moto's does, in the same time."""

from collections.abc import Iterator
from typing import Any

import pytest
from botocore.exceptions import ClientError
from fake_aws import ACCOUNT, REGION, SURFACES, Fake, client, fake, moto
from hypothesis import given, settings
from hypothesis import strategies as st
from moto.sqs import models
from queue_calls import DEAD, INBOX, MOST_RECEIVES, VISIBILITY, Doing, seen, timely
from sqs_queues import MOTO_ACCOUNT, ClientQueues, FakeQueues, refuse_what_is_not_in_flight


class MotoQueues(ClientQueues):
    """Queues of moto's, whose time passes when it is told to."""

    now = 1_000_000_000.0

    def wait(self, seconds: float) -> None:
        self.now += seconds

    def hide(self, queue: str, receipt: str, seconds: int) -> None:
        refuse_what_is_not_in_flight(queue, receipt)
        super().hide(queue, receipt, seconds)
        self.wait(0.001)  # what is hidden for no time can be received a moment later


def _of_moto(doings: list[Doing]) -> list[Any]:
    with moto(), pytest.MonkeyPatch.context() as patch:
        queues = MotoQueues(client("sqs"), MOTO_ACCOUNT)
        patch.setattr(models, "unix_time", lambda: queues.now)
        patch.setattr(models, "unix_time_millis", lambda: queues.now * 1000)
        told = seen(queues, doings)
        queues.remove()
    return told


@settings(deadline=None, max_examples=60)
@given(surface=st.sampled_from(sorted(SURFACES)), doings=timely)
def test_the_fake_hands_out_the_messages_that_moto_does(surface: str, doings: list[Doing]) -> None:
    with fake(surface) as made:
        told = seen(FakeQueues(made), doings)
    assert told == _of_moto(doings)


@pytest.fixture(params=sorted(SURFACES))
def queues(request: pytest.FixtureRequest) -> Iterator[FakeQueues]:
    with fake(request.param) as made:
        yield FakeQueues(made)


def test_the_receipt_of_an_earlier_delivery_deletes_nothing(queues: FakeQueues) -> None:
    # moto deletes by any receipt, where SQS promises it for the last one alone.
    # https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/API_DeleteMessage.html
    queues.send("m")
    early, _ = queues.receive(INBOX)["m"]
    queues.hide(INBOX, early, 0)
    queues.receive(INBOX)
    queues.delete(INBOX, early)
    assert queues.queues[INBOX].size == 1


def test_a_message_in_flight_no_more_can_be_deleted_but_not_hidden(queues: FakeQueues) -> None:
    queues.send("m")
    receipt, _ = queues.receive(INBOX)["m"]
    queues.wait(VISIBILITY + 1)
    with pytest.raises(queues.client.exceptions.MessageNotInflight):
        queues.hide(INBOX, receipt, 5)
    queues.delete(INBOX, receipt)
    assert queues.queues[INBOX].size == 0
    assert queues.receive(INBOX) == {}


def test_a_dead_letter_keeps_its_id_and_its_receive_count(queues: FakeQueues) -> None:
    identity = queues.client.send_message(QueueUrl=queues.queues[INBOX].url, MessageBody="m")
    for _ in range(MOST_RECEIVES + 1):
        queues.receive(INBOX)
        queues.wait(VISIBILITY + 1)
    (dead,) = queues.made.cloud.sqs.receive(queues.queues[DEAD], 10)
    assert (dead.id, dead.received) == (identity["MessageId"], MOST_RECEIVES + 1)


def _text(value: str) -> dict[str, str]:
    return {"DataType": "String", "StringValue": value}


REFUSED: dict[str, tuple[str, dict[str, Any]]] = {
    "no body": ("MissingParameter", {"MessageBody": ""}),
    "a control character": ("InvalidMessageContents", {"MessageBody": "a\x00"}),
    "a control character in an attribute": (
        "InvalidMessageContents",
        {"MessageBody": "m", "MessageAttributes": {"reason": _text("a\x08")}},
    ),
    "too many bytes": ("InvalidParameterValue", {"MessageBody": "é" * 600_000}),
    "too many bytes with its attributes": (
        "InvalidParameterValue",
        {"MessageBody": "m" * 1_048_570, "MessageAttributes": {"reason": _text("long")}},
    ),
    "an empty attribute": (
        "InvalidParameterValue",
        {"MessageBody": "m", "MessageAttributes": {"reason": _text("")}},
    ),
    "too many attributes": (
        "InvalidParameterValue",
        {
            "MessageBody": "m",
            "MessageAttributes": {f"attribute{number}": _text("x") for number in range(11)},
        },
    ),
}
"""Messages that SQS refuses; of these moto 5.2 refuses only what has too many characters.

https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/API_SendMessage.html
https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/sqs-message-metadata.html
"""


@pytest.mark.parametrize("what", REFUSED)
def test_the_fake_refuses_a_message_that_sqs_refuses(queues: FakeQueues, what: str) -> None:
    code, arguments = REFUSED[what]
    with pytest.raises(ClientError) as error:
        queues.client.send_message(QueueUrl=queues.queues[INBOX].url, **arguments)
    assert error.value.response["Error"]["Code"] == code


def test_a_message_can_be_delayed_by_a_quarter_of_an_hour_at_most(queues: FakeQueues) -> None:
    url = queues.queues[INBOX].url
    for seconds in (0, 900):
        queues.client.send_message(QueueUrl=url, MessageBody=f"{seconds}", DelaySeconds=seconds)
    assert (list(queues.receive(INBOX)), queues.queues[INBOX].size) == (["0"], 2)
    queues.wait(899)
    queues.delete(INBOX, queues.receive(INBOX)["0"][0])
    queues.wait(1.1)
    assert list(queues.receive(INBOX)) == ["900"]
    for seconds in (-1, 901):
        with pytest.raises(ClientError) as error:
            queues.client.send_message(QueueUrl=url, MessageBody="m", DelaySeconds=seconds)
        assert error.value.response["Error"]["Code"] == "InvalidParameterValue"


Entries = list[dict[str, Any]]
BATCHES: dict[str, tuple[str, Entries]] = {
    "two of one id": (
        "AWS.SimpleQueueService.BatchEntryIdsNotDistinct",
        [{"Id": "a", "MessageBody": "m"}, {"Id": "a", "MessageBody": "n"}],
    ),
    "eleven": (
        "AWS.SimpleQueueService.TooManyEntriesInBatchRequest",
        [{"Id": f"{number}", "MessageBody": "m"} for number in range(11)],
    ),
    "an id of blanks": (
        "AWS.SimpleQueueService.InvalidBatchEntryId",
        [{"Id": " ", "MessageBody": "m"}],
    ),
    "none": ("AWS.SimpleQueueService.EmptyBatchRequest", []),
}


@pytest.mark.parametrize("what", BATCHES)
@pytest.mark.parametrize("surface", [*sorted(SURFACES), "moto"])
def test_a_batch_that_can_not_be_is_refused_everywhere(what: str, surface: str) -> None:
    code, entries = BATCHES[what]
    sqs = client("sqs")
    with moto() if surface == "moto" else fake(surface) as made:
        url = _inbox(sqs, made)
        with pytest.raises(ClientError) as error:
            sqs.send_message_batch(QueueUrl=url, Entries=entries)
    assert error.value.response["Error"]["Code"] == code


@pytest.mark.parametrize("surface", [*sorted(SURFACES), "moto"])
def test_a_batch_sends_what_it_can(surface: str) -> None:
    entries: Entries = [
        {"Id": "a", "MessageBody": "m"},
        {"Id": "b", "MessageBody": "m", "DelaySeconds": 901},
    ]
    sqs = client("sqs")
    with moto() if surface == "moto" else fake(surface) as made:
        answer = sqs.send_message_batch(QueueUrl=_inbox(sqs, made), Entries=entries)
    assert [one["Id"] for one in answer["Successful"]] == ["a"]
    assert [(one["Id"], one["Code"], one["SenderFault"]) for one in answer["Failed"]] == [
        ("b", "InvalidParameterValue", True)
    ]


def _inbox(sqs: Any, made: Fake | None) -> str:  # noqa: ANN401 - boto3 client
    if made is not None:
        return FakeQueues(made).queues[INBOX].url
    return str(sqs.create_queue(QueueName="batches")["QueueUrl"])


@pytest.mark.parametrize("surface", [*sorted(SURFACES), "moto"])
def test_a_message_may_have_a_mebibyte_and_no_more(surface: str) -> None:
    sqs = client("sqs")
    with moto() if surface == "moto" else fake(surface) as made:
        if isinstance(made, Fake):
            url = FakeQueues(made).queues[INBOX].url
        else:
            url = sqs.create_queue(QueueName="large")["QueueUrl"]
        sqs.send_message(QueueUrl=url, MessageBody="m" * 1_048_576)
        with pytest.raises(ClientError) as error:
            sqs.send_message(QueueUrl=url, MessageBody="m" * 1_048_577)
    assert error.value.response["Error"]["Code"] == "InvalidParameterValue"


@pytest.mark.parametrize("surface", [*sorted(SURFACES), "moto"])
def test_a_queue_that_is_not_there_has_the_same_error_everywhere(surface: str) -> None:
    url = f"https://sqs.{REGION}.amazonaws.com/{ACCOUNT}/nowhere"
    sqs = client("sqs")
    with moto() if surface == "moto" else fake(surface):
        with pytest.raises(sqs.exceptions.QueueDoesNotExist) as error:
            sqs.get_queue_url(QueueName="nowhere")
        with pytest.raises(sqs.exceptions.QueueDoesNotExist):
            sqs.send_message(QueueUrl=url, MessageBody="m")
    assert error.value.response["Error"]["Code"] == "AWS.SimpleQueueService.NonExistentQueue"
