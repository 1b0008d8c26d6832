import base64
import json
from http import HTTPStatus
from typing import Any

import pytest
from pydantic import BaseModel, Field

from shared import entrypoint
from shared.errors import ConflictError
from shared.http import LARGEST_BODY, ProblemError, Request, Response, answer_of, request_of


class Body(BaseModel):
    """A body with a rule."""

    count: int = Field(ge=1, strict=True)


def _problem(raised: ProblemError) -> dict[str, Any]:
    document = raised.response().document
    assert isinstance(document, dict)
    return document


def test_a_good_body_is_parsed() -> None:
    assert Request(body=b'{"count": 2}').parsed(Body).count == 2


@pytest.mark.parametrize(
    "body", [b"", b"{", b"\xff", b"[" * 50_000, b"NaN", b"[-Infinity]", b"\xef\xbb\xbf1"]
)
def test_a_body_that_is_no_json_is_a_bad_request(body: bytes) -> None:
    with pytest.raises(ProblemError) as raised:
        Request(body=body).parsed(Body)
    assert raised.value.status == HTTPStatus.BAD_REQUEST


def test_a_body_over_the_limit_is_not_even_parsed() -> None:
    with pytest.raises(ProblemError) as raised:
        Request(body=b"x" * (LARGEST_BODY + 1)).parsed(Body)
    assert raised.value.status == HTTPStatus.REQUEST_ENTITY_TOO_LARGE


def test_a_wrong_field_is_named() -> None:
    with pytest.raises(ProblemError) as raised:
        Request(body=b'{"count": 0}').parsed(Body)
    problem = _problem(raised.value)
    assert problem["status"] == 422
    assert [e["field"] for e in problem["errors"]] == ["count"]


def test_a_body_that_is_no_object_is_named_as_a_whole() -> None:
    with pytest.raises(ProblemError) as raised:
        Request(body=b"7").parsed(Body)
    assert _problem(raised.value)["errors"][0]["field"] == "(body)"


def test_a_token_opens_its_own_transaction_within_its_scope() -> None:
    request = Request(
        path={"transaction_id": "a"}, claims={"transaction_id": "a", "scope": "read cancel"}
    )
    assert request.own_transaction("cancel") == "a"


@pytest.mark.parametrize(
    "claims",
    [{}, {"transaction_id": "b", "scope": "read"}, {"transaction_id": "a", "scope": "cancel"}],
)
def test_a_token_of_another_order_or_scope_is_refused(claims: dict[str, str]) -> None:
    request = Request(path={"transaction_id": "a"}, claims=claims)
    with pytest.raises(ProblemError) as raised:
        request.own_transaction("read")
    assert raised.value.status == HTTPStatus.FORBIDDEN


def test_a_request_is_read_from_an_http_api_event() -> None:
    event = {
        "headers": {"Idempotency-Key": "k"},
        "body": base64.b64encode(b"{}").decode(),
        "isBase64Encoded": True,
        "pathParameters": {"transaction_id": "a"},
        "requestContext": {"authorizer": {"lambda": {"scope": "read"}}},
    }
    request = request_of(event)
    assert request.headers["idempotency-key"] == "k"
    assert request.body == b"{}"
    assert request.path == {"transaction_id": "a"}
    assert request.claims == {"scope": "read"}


def test_an_answer_is_json_that_nobody_caches() -> None:
    answer = answer_of(Response(202, {"a": 1}, {"location": "/a"}))
    assert answer["statusCode"] == 202
    assert json.loads(answer["body"]) == {"a": 1}
    assert answer["headers"]["cache-control"] == "no-store"
    assert answer["headers"]["location"] == "/a"


def _call(error: Exception) -> dict[str, Any]:
    @entrypoint.http(lambda: None)
    def handler(_request: Request, _deps: None) -> Response:
        raise error

    return dict(handler({"pathParameters": None}, None))


def test_a_problem_becomes_a_problem_document() -> None:
    answer = _call(ProblemError(HTTPStatus.CONFLICT, "too-late", "It is CONFIRMED."))
    assert answer["statusCode"] == 409
    assert answer["headers"]["content-type"] == "application/problem+json"
    assert json.loads(answer["body"]) == {
        "type": "urn:orderbus:problem:too-late",
        "title": "Conflict",
        "status": 409,
        "detail": "It is CONFIRMED.",
    }


def test_a_busy_record_asks_the_caller_to_try_again() -> None:
    answer = _call(ConflictError("others were faster"))
    assert (answer["statusCode"], answer["headers"]["retry-after"]) == (503, "1")


def test_an_unforeseen_error_tells_the_caller_nothing_of_the_inside() -> None:
    answer = _call(ZeroDivisionError("secret"))
    assert answer["statusCode"] == 500
    assert "secret" not in answer["body"]


@pytest.mark.parametrize("sent", ['"a"', 'W/"a"', '"b", "a"', "*"])
def test_a_caller_has_already_what_it_names(sent: str) -> None:
    assert Request(headers={"if-none-match": sent}).has_already('"a"')


@pytest.mark.parametrize("sent", ["", '"b"', "a", '"aa"', '"a'])
def test_a_caller_has_not_what_it_does_not_name(sent: str) -> None:
    assert not Request(headers={"if-none-match": sent}).has_already('"a"')


@pytest.mark.parametrize("body", ["\ud800", '"\ud800"'])
def test_a_body_that_no_utf_8_holds_is_a_bad_request(body: str) -> None:
    with pytest.raises(ProblemError) as raised:
        request_of({"body": body}).parsed(Body)
    assert raised.value.code == "not-json"


@pytest.mark.parametrize("body", ["%%%", "é", "\ud800", "a"])
def test_a_body_of_broken_base64_is_a_bad_request(body: str) -> None:
    with pytest.raises(ProblemError) as raised:
        request_of({"body": body, "isBase64Encoded": True}).parsed(Body)
    assert raised.value.code == "not-json"
