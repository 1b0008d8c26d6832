import json

import pytest

from documents import wiring
from documents.handlers.get_openapi import handler
from documents.serving import Document, serve
from shared.http import Request


def test_the_document_that_ships_is_served() -> None:
    answer = handler({"headers": {}}, None)
    assert answer["statusCode"] == 200
    assert answer["headers"]["content-type"] == "application/json"
    assert json.loads(answer["body"]) == json.loads(wiring.OPENAPI.read_text())


def test_a_caller_who_has_the_document_is_not_sent_it_again() -> None:
    document = Document("{}")
    etag = serve(Request(), document).headers["etag"]
    again = serve(Request(headers={"if-none-match": etag}), document)
    assert (again.status, again.document, again.headers["etag"]) == (304, None, etag)


@pytest.mark.parametrize("text", ['{"a": 1}', "[]"])
def test_another_document_has_another_etag(text: str) -> None:
    assert Document(text).etag != Document("{}").etag


def test_nobody_keeps_the_document_for_long_without_asking() -> None:
    assert serve(Request(), Document("{}")).headers["cache-control"] == "public, max-age=300"
