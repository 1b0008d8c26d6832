from collections.abc import Iterable
from http import HTTPStatus
from types import SimpleNamespace
from typing import Any

import pytest
from fakes_shared import NOON, TRANSACTION, FakeBus, FakeQueue

from shared import entrypoint
from shared.errors import PublishError, RetryLaterError
from shared.events import Envelope, StockReleased, compose
from shared.http import FieldError, ProblemError
from shared.observability import logger
from shared.own_queues import Bench
from shared.sockets import Frame, frame_of

RELEASED = compose(
    StockReleased(lines=(), reason="expired"),
    service="inventory",
    transaction_id=TRANSACTION,
    cause="c",
    now=NOON,
)


def _scheduled(bus: FakeBus) -> Any:  # noqa: ANN401 - a Lambda handler
    @entrypoint.scheduled(lambda: (bus, None))
    def handler(_deps: None) -> Iterable[Envelope]:
        """Sweeps."""
        return (RELEASED,)

    return handler


def test_what_a_scheduled_function_answers_is_published() -> None:
    bus = FakeBus()
    assert _scheduled(bus)({}, None) is None
    assert bus.published == [RELEASED]


def test_a_schedule_whose_events_were_refused_fails_so_that_lambda_tries_again() -> None:
    with pytest.raises(PublishError):
        _scheduled(FakeBus(refuse={"StockReleased"}))({}, None)


def test_an_operators_mistake_is_an_answer_to_read() -> None:
    @entrypoint.direct(lambda: None)
    def handler(_event: dict[str, Any], _deps: None) -> dict[str, Any]:
        errors = (FieldError("sku", "is no SKU"),)
        raise ProblemError(HTTPStatus.UNPROCESSABLE_ENTITY, "invalid", "No.", errors=errors)

    answer = handler({}, None)
    assert answer["problem"]["errors"] == [{"field": "sku", "detail": "is no SKU"}]


def test_a_direct_call_gets_the_document_and_gives_one_back() -> None:
    @entrypoint.direct(lambda: 2)
    def handler(event: dict[str, Any], factor: int) -> dict[str, Any]:
        return {"count": event["count"] * factor}

    assert handler({"count": 3}, None) == {"count": 6}


def test_an_error_that_nobody_foresaw_is_not_hidden_from_the_operator() -> None:
    @entrypoint.direct(lambda: None)
    def handler(_event: dict[str, Any], _deps: None) -> dict[str, Any]:
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        handler({}, None)


def test_a_functions_parts_are_put_together_at_its_first_call_not_before() -> None:
    made: list[str] = []

    @entrypoint.direct(lambda: made.append("wired"))
    def handler(_event: dict[str, Any], _deps: None) -> dict[str, Any]:
        return {}

    assert made == []
    handler({}, None)
    assert made == ["wired"]


def test_what_a_line_of_the_log_says_of_one_call_is_not_said_of_the_next() -> None:
    seen: list[dict[str, Any]] = []

    @entrypoint.direct(lambda: None)
    def handler(event: dict[str, Any], _deps: None) -> dict[str, Any]:
        logger().append_keys(**event)
        seen.append(dict(logger().get_current_keys()))
        return {}

    handler({"transaction_id": TRANSACTION}, SimpleNamespace(aws_request_id="1"))
    handler({}, SimpleNamespace(aws_request_id="2"))
    assert [keys.get("transaction_id") for keys in seen] == [TRANSACTION, None]
    assert [keys["request_id"] for keys in seen] == ["1", "2"]


def test_a_call_writes_one_line_of_metrics_even_when_it_fails(
    capsys: pytest.CaptureFixture[str],
) -> None:
    @entrypoint.direct(lambda: None)
    def handler(_event: dict[str, Any], _deps: None) -> dict[str, Any]:
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        handler({}, None)
    metrics = [line for line in capsys.readouterr().out.splitlines() if "CloudWatchMetrics" in line]
    assert len(metrics) == 1
    assert '"Invocations"' in metrics[0]


def _frame(event_type: str = "MESSAGE", **more: object) -> dict[str, Any]:
    context = {
        "eventType": event_type,
        "connectionId": "c-1",
        "requestId": "r-1",
        "identity": {"sourceIp": "203.0.113.7"},
    }
    return {"requestContext": context | more, "body": "hello", "isBase64Encoded": False}


def _socket(answer: dict[str, Any] | None = None, error: Exception | None = None) -> Any:  # noqa: ANN401 - a Lambda handler
    @entrypoint.websocket(lambda: None)
    def handler(frame: Frame, _deps: None) -> dict[str, Any] | None:
        if error is not None:
            raise error
        return {"heard": frame.body, "by": frame.connection_id} if answer is None else answer

    return handler


def test_what_a_frame_leads_to_goes_back_as_a_frame() -> None:
    answer = _socket()(_frame(), None)
    assert answer == {"statusCode": 200, "body": '{"heard":"hello","by":"c-1"}'}


def test_a_frame_that_leads_to_nothing_gets_no_frame() -> None:
    @entrypoint.websocket(lambda: None)
    def handler(_frame: Frame, _deps: None) -> None:
        """Answers nothing."""

    assert handler(_frame(), None) == {"statusCode": 200}


@pytest.mark.parametrize(
    ("more", "expected"), [({"messageId": "m-1"}, "m-1"), ({"messageId": None}, "r-1"), ({}, "r-1")]
)
def test_a_frame_is_told_apart_from_every_other(more: dict[str, Any], expected: str) -> None:
    assert frame_of(_frame(**more)).id == expected


def test_a_frame_knows_where_it_comes_from_as_far_as_the_gateway_says() -> None:
    assert frame_of(_frame()).source_ip == "203.0.113.7"
    assert frame_of(_frame(identity={})).source_ip == ""


def test_a_connection_that_can_not_be_noted_is_refused_and_an_open_one_goes_on() -> None:
    broken = _socket(error=ZeroDivisionError("secret"))
    assert broken(_frame("CONNECT"), None) == {"statusCode": 500}
    answer = broken(_frame(), None)
    assert answer["statusCode"] == 200
    assert '"internal"' in answer["body"]
    assert "secret" not in answer["body"]


def _batch(*bodies: str) -> dict[str, Any]:
    return {
        "Records": [
            {
                "messageId": body,
                "receiptHandle": body,
                "attributes": {"MessageGroupId": body},
                "body": body,
            }
            for body in bodies
        ]
    }


def test_the_groups_that_failed_are_delivered_again() -> None:
    @entrypoint.groups(lambda: Bench(None, FakeQueue(), str))
    def handler(batch: list[str], _deps: None) -> set[str]:
        return {batch[-1]}

    assert handler(_batch("a", "b"), None) == {"batchItemFailures": [{"itemIdentifier": "b"}]}


def test_the_messages_that_failed_are_delivered_again() -> None:
    @entrypoint.each(lambda: Bench(None, FakeQueue(), str))
    def handler(work: str, _deps: None) -> None:
        if work == "b":
            raise RetryLaterError("not now")

    assert handler(_batch("a", "b"), None) == {"batchItemFailures": [{"itemIdentifier": "b"}]}
