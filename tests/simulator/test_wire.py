"""Worlds on the wire: botocore's own code between the product and the fake."""

import time
from collections.abc import Iterator
from typing import Any

import pytest
from botocore.exceptions import ClientError, ParamValidationError, ReadTimeoutError
from fake_aws import client, fake

from shared.clients import client as worker_client
from simulator.aws.errors import AwsError, UnsupportedError
from simulator.aws.wire import below_botocore
from simulator.faults import NONE
from simulator.running import Plan, run

QUEUE = "https://sqs.us-east-1.amazonaws.com/000000000000/inbox"


class Service:
    """Answers one call after the other as it is told, and remembers what it was asked."""

    def __init__(self, *answers: dict[str, Any] | Exception) -> None:
        self.answers = list(answers)
        self.calls: list[tuple[str, str, dict[str, Any]]] = []

    def call(self, service: str, operation: str, parameters: dict[str, Any]) -> dict[str, Any]:
        self.calls.append((service, operation, parameters))
        answer = self.answers.pop(0)
        if isinstance(answer, Exception):
            raise answer
        return answer


@pytest.fixture
def slept(monkeypatch: pytest.MonkeyPatch) -> Iterator[list[float]]:
    slept: list[float] = []
    monkeypatch.setattr(time, "sleep", slept.append)
    monkeypatch.setenv("AWS_DEFAULT_REGION", "us-east-1")
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "simulated")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "simulated")
    worker_client.cache_clear()
    yield slept
    worker_client.cache_clear()


def test_a_world_without_faults_ends_the_same_on_both_surfaces() -> None:
    plan = Plan(seed=3, orders=30, rates=NONE, redelivered=True)
    fast, wire = run(plan), run(Plan(**vars(plan) | {"wire": True}))
    assert (fast.statuses, fast.violations) == (wire.statuses, [])
    assert (fast.calls, fast.virtual_seconds) == (wire.calls, wire.virtual_seconds)


def test_a_world_in_which_everything_goes_wrong_on_the_wire_keeps_every_promise() -> None:
    outcome = run(Plan(seed=4, orders=25, swarmed=False, redelivered=True, wire=True))
    assert outcome.violations == []
    assert outcome.statuses["CONFIRMED"] > 5


def test_a_world_on_the_wire_is_the_same_again_in_the_same_process() -> None:
    plan = Plan(seed=6, orders=12, swarmed=False, wire=True)
    first, second = run(plan), run(plan)
    assert (first.calls, first.virtual_seconds, first.statuses) == (
        second.calls,
        second.virtual_seconds,
        second.statuses,
    )


@pytest.mark.parametrize(
    "trouble",
    [
        AwsError("ProvisionedThroughputExceededException", "Rate exceeded"),
        AwsError("InternalServerError", "Internal server error"),
        ReadTimeoutError(endpoint_url="https://dynamodb"),
    ],
    ids=str,
)
def test_botocore_repeats_what_failed_in_passing(trouble: Exception, slept: list[float]) -> None:
    service = Service(trouble, trouble, {"Item": {"pk": {"S": "a"}}})
    with below_botocore(service.call):
        answer = worker_client("dynamodb").get_item(TableName="t", Key={"pk": {"S": "a"}})
    assert answer["Item"] == {"pk": {"S": "a"}}
    assert [operation for _, operation, _ in service.calls] == ["GetItem"] * 3
    assert len(slept) == 2


def test_botocore_gives_up_after_the_clients_attempts(slept: list[float]) -> None:
    service = Service(*[AwsError("ThrottlingException", "Rate exceeded")] * 3)
    with below_botocore(service.call), pytest.raises(ClientError) as error:
        worker_client("ssm").get_parameter(Name="p")
    assert error.value.response["Error"] == {
        "Code": "ThrottlingException",
        "Message": "Rate exceeded",
    }
    assert (service.answers, len(slept)) == ([], 2)


def test_a_repeated_transaction_carries_the_same_token(slept: list[float]) -> None:
    write = {"Put": {"TableName": "t", "Item": {"pk": {"S": "a"}}}}
    service = Service(AwsError("InternalServerError"), {})
    with below_botocore(service.call):
        worker_client("dynamodb").transact_write_items(TransactItems=[write])
    first, second = (parameters["ClientRequestToken"] for _, _, parameters in service.calls)
    assert first == second
    assert len(slept) == 1


def test_a_cancelled_transaction_tells_its_reasons(slept: list[float]) -> None:
    reasons = [{"Code": "None"}, {"Code": "ConditionalCheckFailed", "Message": "failed"}]
    cancelled = AwsError("TransactionCanceledException", "cancelled", CancellationReasons=reasons)
    dynamodb = client("dynamodb")
    with (
        below_botocore(Service(cancelled).call),
        pytest.raises(dynamodb.exceptions.TransactionCanceledException) as error,
    ):
        dynamodb.transact_write_items(
            TransactItems=[{"Put": {"TableName": "t", "Item": {"pk": {"S": "a"}}}}]
        )
    assert error.value.response["CancellationReasons"] == reasons
    assert slept == []


def test_an_error_of_sqs_has_its_old_name_and_its_new_class() -> None:
    sqs = client("sqs")
    with (
        below_botocore(Service(AwsError("QueueDoesNotExist", "no queue")).call),
        pytest.raises(sqs.exceptions.QueueDoesNotExist) as error,
    ):
        sqs.send_message(QueueUrl=QUEUE, MessageBody="m")
    assert error.value.response["Error"]["Code"] == "AWS.SimpleQueueService.NonExistentQueue"


def test_a_service_of_another_protocol_is_answered_below_boto3(slept: list[float]) -> None:
    service = Service({"MessageId": "1"}, AwsError("NotFound", "Topic does not exist"))
    sns = client("sns")
    with below_botocore(service.call):
        assert sns.publish(TopicArn="arn", Message="m") == {"MessageId": "1"}
        with pytest.raises(sns.exceptions.NotFoundException):
            sns.publish(TopicArn="arn", Message="m")
        with pytest.raises(ParamValidationError):
            sns.publish(TopicArn="arn", Message=1)
    assert service.calls == [("sns", "Publish", {"TopicArn": "arn", "Message": "m"})] * 2
    assert slept == []


def test_a_service_that_the_fake_does_not_know_is_refused() -> None:
    with fake("botocore"), pytest.raises(UnsupportedError, match="sts"):
        client("sts").get_caller_identity()


def test_no_client_is_answered_any_more_once_the_wire_is_gone() -> None:
    dynamodb, service = client("dynamodb"), Service({}, {})
    with below_botocore(service.call):
        dynamodb.get_item(TableName="t", Key={"pk": {"S": "a"}})
    other = Service({})
    with below_botocore(other.call):
        dynamodb.get_item(TableName="t", Key={"pk": {"S": "a"}})
    assert (len(service.calls), len(other.calls)) == (1, 1)
