"""The document of the HTTP API says what the templates route and what the code refuses."""

import ast
from http import HTTPStatus
from pathlib import Path
from typing import Any

import pytest
from project import STACKS, folder, packages, resources

from orderbus import openapi
from shared.api import OPERATOR, SHOPPER_TOKEN, TRACKING_TOKEN, Operation, Part

DOCUMENT = openapi.document()
METHODS = {"get", "put", "post", "delete", "options", "head", "patch", "trace"}
OPERATIONS = [(part, operation) for part in openapi.PARTS for operation in part.operations]


AUTHORIZERS = {"AuthorizerId": TRACKING_TOKEN, "OperatorAuthorizerId": OPERATOR}


def _routes(stack: str) -> dict[str, str | None]:
    """Answers the routes of a template, and what each is opened by: None is open to all."""
    return {
        route["Properties"]["RouteKey"]: _authorized_by(route["Properties"])
        for route in resources(stack, "AWS::ApiGatewayV2::Route").values()
        if " " in route["Properties"]["RouteKey"]
    }


def _authorized_by(route: dict[str, Any]) -> str | None:
    if route["AuthorizationType"] == "NONE":
        return None
    assert route["AuthorizationType"] == "CUSTOM"
    return AUTHORIZERS[route["AuthorizerId"]["Ref"]]


def _documented() -> dict[str, str | None]:
    return {
        f"{method.upper()} {path}": _opened_by(item[method]["security"])
        for path, item in DOCUMENT["paths"].items()
        for method in METHODS & set(item)
    }


def _opened_by(security: list[dict[str, list[str]]]) -> str | None:
    """Answers the documented security as far as the gateway sees to it."""
    named = {scheme for choice in security for scheme in choice} & set(AUTHORIZERS.values())
    return named.pop() if named else None


def test_the_committed_document_is_what_the_services_say() -> None:
    assert openapi.OPENAPI.read_text() == openapi.text(), "run: .venv/bin/orderbus schemas"


def test_every_route_is_documented_and_every_documented_operation_is_a_route() -> None:
    assert _documented() == {k: v for stack in STACKS for k, v in _routes(stack).items()}


@pytest.mark.parametrize("part", openapi.PARTS, ids=lambda part: str(part.name))
def test_a_service_documents_its_own_routes_and_no_others(part: Part) -> None:
    (stack,) = (stack for stack in STACKS if part.name in packages(stack))
    documented = {operation.route: operation.security for operation in part.operations}
    assert set(documented) == set(_routes(stack))


def _raised(path: Path) -> set[tuple[HTTPStatus, str]]:
    """Answers the status and code of every problem that a module raises."""
    calls = [
        node
        for node in ast.walk(ast.parse(path.read_text()))
        if isinstance(node, ast.Call) and ast.unparse(node.func) in {"ProblemError", "_bad_lines"}
    ]
    return {found for call in calls for found in _problem(call)}


def _problem(call: ast.Call) -> set[tuple[HTTPStatus, str]]:
    if ast.unparse(call.func) == "_bad_lines":
        return {(HTTPStatus.UNPROCESSABLE_ENTITY, ast.literal_eval(call.args[2]))}
    status, code = call.args[:2]
    assert isinstance(status, ast.Attribute)
    if isinstance(code, ast.Name):
        return set()
    return {(HTTPStatus[status.attr], ast.literal_eval(code))}


def _refused(operations: list[Operation]) -> set[tuple[HTTPStatus, str]]:
    return {(r.status, r.code) for operation in operations for r in operation.refusals}


def test_every_problem_that_the_code_raises_is_documented_and_no_other() -> None:
    sources = [
        folder("shared") / "src" / "shared" / n for n in ("http.py", "callers.py", "entrypoint.py")
    ]
    sources += [p for s in STACKS for n in packages(s) for p in (folder(s) / "src" / n).rglob("*")]
    raised = {found for p in sources if p.suffix == ".py" for found in _raised(p)}
    always = {(refusal.status, refusal.code) for refusal in openapi.ALWAYS_POSSIBLE}
    assert raised == _refused([operation for _, operation in OPERATIONS]) | always


@pytest.mark.parametrize(("part", "operation"), OPERATIONS, ids=lambda o: getattr(o, "name", ""))
def test_an_operation_documents_every_problem_of_its_own_service(
    part: Part, operation: Operation
) -> None:
    codes = {refusal.code for refusal in operation.refusals}
    if operation.body is not None:
        assert {"body-too-large", "not-json", "invalid-request"} <= codes
    if operation.path.startswith("/operations/"):
        assert "scope" in codes
        assert operation.security == OPERATOR
    elif "{transaction_id}" in operation.path:
        assert {"other-order", "scope"} <= codes
        assert operation.security == TRACKING_TOKEN
    described: dict[str, Any] = DOCUMENT["paths"][operation.path][operation.method]
    assert described["tags"] == [part.name]
    assert {"429", "500", "503"} <= set(described["responses"])


def test_what_a_tracking_token_opens_a_shoppers_own_token_opens_too() -> None:
    for item in DOCUMENT["paths"].values():
        for described in (item[method] for method in METHODS & set(item)):
            needed = described["security"]
            assert ({SHOPPER_TOKEN: []} in needed) == (needed[:1] in ([{}], [{TRACKING_TOKEN: []}]))


def test_a_page_in_a_browser_may_send_and_read_every_documented_header() -> None:
    cors = resources("shared", "AWS::ApiGatewayV2::Api")["HttpApi"]["Properties"][
        "CorsConfiguration"
    ]
    shoppers = [operation for part, operation in OPERATIONS if part.name != "payments"]
    sent = {p.name.lower() for o in shoppers for p in o.parameters if p.where == "header"}
    read = {h.name.lower() for o in shoppers for a in o.answers for h in a.headers}
    assert sent <= set(cors["AllowHeaders"])
    assert read <= set(cors["ExposeHeaders"])
