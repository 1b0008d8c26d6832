"""The fake's first-in-first-out queues do what moto's do, in the same time."""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import pytest
from botocore.exceptions import ClientError
from fake_aws import ACCOUNT, REGION, SURFACES, Fake, client, fake, moto
from hypothesis import given, settings
from hypothesis import strategies as st
from moto.sqs import models
from sqs_queues import MOTO_ACCOUNT, refuse_what_is_not_in_flight

from simulator.aws.queues import FifoQueue, queue_of
from simulator.aws.sqs import sequence_number

INBOX, DEAD = "pushes.fifo", "pushes-dlq.fifo"
MOST_RECEIVES = 2
VISIBILITY = 30
MOST_MESSAGES = 8
"""Fewer than one receipt takes: of which groups it takes else, no queue says."""


@dataclass(frozen=True)
class Doing:
    """One thing that is done, to which message or group, for how long."""

    what: str
    number: int = 0
    seconds: float = 0.0


DOINGS = st.lists(
    st.one_of(
        st.builds(Doing, st.just("send"), st.integers(0, 2)),
        st.builds(Doing, st.just("send"), st.integers(0, 2)),
        st.builds(Doing, st.just("receive")),
        st.builds(Doing, st.just("receive")),
        st.builds(Doing, st.just("delete"), st.integers(0, MOST_MESSAGES - 1)),
        st.builds(
            Doing,
            st.just("hide"),
            st.integers(0, MOST_MESSAGES - 1),
            st.sampled_from([0, 0, 1, 20, 60]),
        ),
        st.builds(Doing, st.just("wait"), seconds=st.sampled_from([1.0, 10.0, 31.0])),
    ),
    max_size=30,
)


class FakeQueues:
    """Queues of the fake: what functions do goes through a client, what Lambda does doesn't."""

    def __init__(self, made: Fake, **properties: object) -> None:
        self.made, self.sqs = made, made.client("sqs")
        arn = f"arn:aws:sqs:{REGION}:{ACCOUNT}:{DEAD}"
        redrive = {"deadLetterTargetArn": arn, "maxReceiveCount": MOST_RECEIVES}
        fifo = {"FifoQueue": True, "VisibilityTimeout": VISIBILITY} | PER_GROUP | properties
        self.url = f"https://sqs/{INBOX}"
        inbox = queue_of(INBOX, self.url, f"arn:{INBOX}", fifo | {"RedrivePolicy": redrive})
        dead = queue_of(DEAD, f"https://sqs/{DEAD}", arn, fifo)
        assert isinstance(inbox, FifoQueue)
        self.inbox, self.dead = inbox, dead
        for queue in (inbox, dead):
            made.cloud.sqs.create(queue)

    def receive(self) -> list[tuple[str, str, str]]:
        """Answers what is received: body, group, receipt."""
        received = self.made.cloud.sqs.receive(self.inbox, 10)
        return [(message.body, message.group, message.receipt) for message in received]

    def died(self) -> list[str]:
        return [message.body for message in self.made.cloud.sqs.receive(self.dead, 10)]

    def hide(self, receipt: str, seconds: int) -> None:
        self.sqs.change_message_visibility(
            QueueUrl=self.url, ReceiptHandle=receipt, VisibilityTimeout=seconds
        )

    def delete(self, receipt: str) -> None:
        self.made.cloud.sqs.delete(self.inbox, receipt)

    def wait(self, seconds: float) -> None:
        self.made.loop.run_until(self.made.loop.now + seconds)


PER_GROUP = {"DeduplicationScope": "messageGroup", "FifoThroughputLimit": "perMessageGroupId"}


class MotoQueues:
    """Queues of moto's, whose time passes when it is told to."""

    def __init__(self) -> None:
        self.now = 1_000_000_000.0
        self.sqs = client("sqs")
        fifo = {"FifoQueue": "true", "VisibilityTimeout": str(VISIBILITY)} | PER_GROUP
        arn = f"arn:aws:sqs:{REGION}:{MOTO_ACCOUNT}:{DEAD}"
        redrive = {"deadLetterTargetArn": arn, "maxReceiveCount": MOST_RECEIVES}
        dead = self.sqs.create_queue(QueueName=DEAD, Attributes=fifo)
        more = {"RedrivePolicy": json.dumps(redrive)}
        inbox = self.sqs.create_queue(QueueName=INBOX, Attributes=fifo | more)
        self.url, self.dead_url = str(inbox["QueueUrl"]), str(dead["QueueUrl"])

    def receive(self) -> list[tuple[str, str, str]]:
        return [
            (m["Body"], m["Attributes"]["MessageGroupId"], m["ReceiptHandle"])
            for m in self._received(self.url)
        ]

    def _received(self, url: str) -> list[dict[str, Any]]:
        answer = self.sqs.receive_message(
            QueueUrl=url, MaxNumberOfMessages=10, AttributeNames=["All"]
        )
        return list(answer.get("Messages", []))

    def died(self) -> list[str]:
        return [message["Body"] for message in self._received(self.dead_url)]

    def hide(self, receipt: str, seconds: int) -> None:
        refuse_what_is_not_in_flight(INBOX, receipt)
        self.sqs.change_message_visibility(
            QueueUrl=self.url, ReceiptHandle=receipt, VisibilityTimeout=seconds
        )

    def delete(self, receipt: str) -> None:
        self.sqs.delete_message(QueueUrl=self.url, ReceiptHandle=receipt)

    def wait(self, seconds: float) -> None:
        """Lets time pass.

        Moto notices messages whose time is out one by one while it hands others out, so that the
        last one of a group would come first; here it notices all of them at once.
        """
        self.now += seconds
        queue = models.sqs_backends[MOTO_ACCOUNT][REGION].queues[INBOX]
        queue._pending_messages = {m for m in queue._pending_messages if not m.visible}  # noqa: SLF001

    def remove(self) -> None:
        for url in (self.url, self.dead_url):
            self.sqs.delete_queue(QueueUrl=url)


def _seen(over: FakeQueues | MotoQueues, doings: list[Doing]) -> list[Any]:
    """Answers what is seen of the messages: of each group in order, of the dead in order."""
    receipts: dict[str, str] = {}
    told: list[Any] = []
    sent = 0
    for doing in doings:
        receipt = receipts.get(f"message {doing.number}")
        match doing.what:
            case "send" if sent < MOST_MESSAGES:
                _send(over, f"message {sent}", f"group-{doing.number}")
                _send(over, f"message {sent}", f"group-{doing.number}")  # is the same one
                sent += 1
            case "receive":
                received = over.receive()
                receipts |= {body: handle for body, _, handle in received}
                groups: dict[str, list[str]] = {}
                for body, group, _ in received:
                    groups.setdefault(group, []).append(body)
                told.append(groups)
            case "delete" if receipt is not None:
                over.delete(receipt)
            case "hide" if receipt is not None:
                told.append(_hidden(over, receipt, int(doing.seconds)))
            case "wait":
                over.wait(doing.seconds + 0.01)
    return [*told, sorted(over.died())]


def _send(over: FakeQueues | MotoQueues, body: str, group: str) -> dict[str, Any]:
    once = body.replace(" ", "-")
    answer: dict[str, Any] = over.sqs.send_message(
        QueueUrl=over.url, MessageBody=body, MessageGroupId=group, MessageDeduplicationId=once
    )
    return answer


def _hidden(over: FakeQueues | MotoQueues, receipt: str, seconds: int) -> str:
    try:
        over.hide(receipt, seconds)
    except ClientError:
        return "refused"
    finally:
        over.wait(0.01)
    return "hidden"


def _of_moto(doings: list[Doing]) -> list[Any]:
    with moto(), pytest.MonkeyPatch.context() as patch:
        queues = MotoQueues()
        patch.setattr(models, "unix_time", lambda: queues.now)
        patch.setattr(models, "unix_time_millis", lambda: queues.now * 1000)
        told = _seen(queues, doings)
        queues.remove()
    return told


@settings(deadline=None, max_examples=80)
@given(surface=st.sampled_from(sorted(SURFACES)), doings=DOINGS)
def test_the_fake_hands_out_the_groups_that_moto_does(surface: str, doings: list[Doing]) -> None:
    with fake(surface) as made:
        told = _seen(FakeQueues(made), doings)
    assert told == _of_moto(doings)


@pytest.fixture(params=sorted(SURFACES))
def queues(request: pytest.FixtureRequest) -> Iterator[FakeQueues]:
    with fake(request.param) as made:
        yield FakeQueues(made)


def test_a_message_is_the_same_for_five_minutes_also_when_it_is_gone(queues: FakeQueues) -> None:
    # moto knows only what is still in the queue.
    # https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/using-messagededuplicationid-property.html
    first = _send(queues, "m1", "g")
    ((_, _, receipt),) = queues.receive()
    queues.delete(receipt)
    queues.wait(299)
    again = _send(queues, "m1", "g")
    assert (again["MessageId"], again["SequenceNumber"]) == (
        first["MessageId"],
        first["SequenceNumber"],
    )
    assert queues.inbox.size == 0
    queues.wait(2)
    _send(queues, "m1", "g")
    assert [body for body, _, _ in queues.receive()] == ["m1"]


def test_another_groups_message_is_another_one(queues: FakeQueues) -> None:
    _send(queues, "m1", "g")
    _send(queues, "m1", "h")
    assert queues.inbox.size == 2


def test_without_a_scope_a_message_is_one_of_the_whole_queue() -> None:
    with fake() as made:
        whole = {"DeduplicationScope": "queue", "FifoThroughputLimit": "perQueue"}
        queues = FakeQueues(made, **whole)
        _send(queues, "m1", "g")
        _send(queues, "m1", "h")
        assert queues.inbox.size == 1


def test_a_body_can_stand_for_the_id(queues: FakeQueues) -> None:
    queues.inbox.by_content = True
    for _ in range(2):
        queues.sqs.send_message(QueueUrl=queues.url, MessageBody="m", MessageGroupId="g")
    assert queues.inbox.size == 1


def test_a_group_waits_for_the_message_that_is_hidden_longest(queues: FakeQueues) -> None:
    for number in range(3):
        _send(queues, f"m{number}", "g")
    receipts = [receipt for _, _, receipt in queues.receive()]
    queues.sqs.change_message_visibility(
        QueueUrl=queues.url, ReceiptHandle=receipts[0], VisibilityTimeout=600
    )
    queues.wait(VISIBILITY + 1)
    assert queues.receive() == []
    queues.wait(600)
    assert [body for body, _, _ in queues.receive()] == ["m0", "m1", "m2"]


def test_the_dead_keep_their_order_and_their_groups(queues: FakeQueues) -> None:
    for number in range(3):
        _send(queues, f"m{number}", "g")
    for _ in range(MOST_RECEIVES + 1):
        queues.receive()
        queues.wait(VISIBILITY + 1)
    dead = queues.made.cloud.sqs.receive(queues.dead, 10)
    assert [(m.body, m.group, m.received) for m in dead] == [
        (f"m{number}", "g", MOST_RECEIVES + 1) for number in range(3)
    ]
    numbers = [sequence_number(message) for message in dead]
    assert numbers == sorted(numbers)


def test_what_died_goes_back_in_order_and_as_new(queues: FakeQueues) -> None:
    for number in range(3):
        _send(queues, f"m{number}", "g")
    for _ in range(MOST_RECEIVES + 1):
        queues.receive()
        queues.wait(VISIBILITY + 1)
    queues.made.cloud.sqs.move_all(queues.dead, queues.inbox)
    assert [body for body, _, _ in queues.receive()] == ["m0", "m1", "m2"]
    assert queues.dead.size == 0


REFUSED: dict[str, tuple[str, dict[str, Any]]] = {
    "no group": ("MissingParameter", {"MessageDeduplicationId": "1"}),
    "no id": ("InvalidParameterValue", {"MessageGroupId": "g"}),
    "a delay": (
        "InvalidParameterValue",
        {"MessageGroupId": "g", "MessageDeduplicationId": "1", "DelaySeconds": 1},
    ),
}
"""Messages that a first-in-first-out queue refuses.

https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/API_SendMessage.html
"""


@pytest.mark.parametrize("what", REFUSED)
def test_the_fake_refuses_a_message_that_moto_refuses(queues: FakeQueues, what: str) -> None:
    code, arguments = REFUSED[what]
    with pytest.raises(ClientError) as error:
        queues.sqs.send_message(QueueUrl=queues.url, MessageBody="m", **arguments)
    assert error.value.response["Error"]["Code"] == code


@pytest.mark.parametrize("what", REFUSED)
def test_moto_refuses_the_same(what: str) -> None:
    with moto():
        queues = MotoQueues()
        code, arguments = REFUSED[what]
        with pytest.raises(ClientError) as error:
            queues.sqs.send_message(QueueUrl=queues.url, MessageBody="m", **arguments)
        queues.remove()
    assert error.value.response["Error"]["Code"] == code


@pytest.mark.parametrize("given", ["a b", "é", "g" * 129])
def test_an_id_is_of_few_characters(queues: FakeQueues, given: str) -> None:
    # moto takes any text.
    for ids in ({"MessageGroupId": given}, {"MessageDeduplicationId": given}):
        known = {"MessageGroupId": "g", "MessageDeduplicationId": "1"}
        with pytest.raises(ClientError) as error:
            queues.sqs.send_message(QueueUrl=queues.url, MessageBody="m", **known | ids)
        assert error.value.response["Error"]["Code"] == "InvalidParameterValue"
