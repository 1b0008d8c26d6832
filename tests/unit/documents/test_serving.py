import json
from pathlib import Path
from types import ModuleType

import pytest

from documents import wiring
from documents.handlers import get_asyncapi, get_openapi, get_order_update_schema
from documents.serving import Document, serve
from shared.http import Request


@pytest.mark.parametrize(
    ("handlers", "shipped"),
    [
        (get_openapi, wiring.OPENAPI),
        (get_asyncapi, wiring.ASYNCAPI),
        (get_order_update_schema, wiring.ORDER_UPDATE),
    ],
)
def test_each_document_that_ships_is_served(handlers: ModuleType, shipped: Path) -> None:
    answer = handlers.handler({"headers": {}}, None)
    assert answer["statusCode"] == 200
    assert answer["headers"]["content-type"] == "application/json"
    assert json.loads(answer["body"]) == json.loads(shipped.read_text())


def test_the_document_of_the_api_points_to_the_others() -> None:
    about = json.loads(wiring.OPENAPI.read_text())["info"]["description"]
    assert all(f"`{path.name}`" in about for path in (wiring.ASYNCAPI, wiring.ORDER_UPDATE))


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
