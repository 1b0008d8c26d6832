from collections.abc import Iterable
from http import HTTPStatus
from types import SimpleNamespace
from typing import Any

import pytest
from fakes_shared import NOON, TRANSACTION, FakeBus

from shared import entrypoint
from shared.errors import PublishError
from shared.events import Envelope, StockReleased, compose
from shared.http import FieldError, ProblemError
from shared.observability import logger

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
