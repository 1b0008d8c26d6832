"""Handlers, templates and settings fit one another."""

import ast
import importlib
import importlib.util
import re
from pathlib import Path

import pytest
from project import STACKS, Function, folder, functions, packages, resources

FUNCTIONS = list(functions())


def _handlers(stack: str) -> list[Path]:
    source = folder(stack) / "src"
    found = [p for name in packages(stack) for p in (source / name / "handlers").glob("*.py")]
    return [path for path in found if path.stem != "__init__"]


def _camel(module: str) -> str:
    return "".join(part.capitalize() for part in module.split("_"))


@pytest.mark.parametrize("stack", STACKS)
def test_each_handler_file_is_one_function_of_the_template_and_back(stack: str) -> None:
    named = {function.logical_id for function in functions(stack)}
    assert named == {f"{_camel(path.stem)}Function" for path in _handlers(stack)}


@pytest.mark.parametrize("function", FUNCTIONS, ids=str)
def test_a_functions_handler_and_name_follow_from_its_logical_id(function: Function) -> None:
    module = re.sub(r"(?<!^)(?=[A-Z])", "_", function.logical_id.removesuffix("Function")).lower()
    assert function.package in packages(function.stack)
    prefix = f"{function.package}.handlers.{module}"
    assert function.properties["Handler"] == f"{prefix}.handler"
    name = f"orderbus-${{Stage}}-{function.stack}-{module.replace('_', '-')}"
    assert function.properties["FunctionName"] == {"Fn::Sub": name}
    assert callable(importlib.import_module(prefix).handler)


@pytest.mark.parametrize("function", FUNCTIONS, ids=str)
def test_the_environment_of_a_function_is_what_its_settings_read(function: Function) -> None:
    given = {name for name in function.environment if not name.startswith("POWERTOOLS_")}
    if importlib.util.find_spec(f"{function.package}.settings") is None:
        assert given == set()
        return
    module = importlib.import_module(f"{function.package}.settings")
    # Who is told more than the others has settings of its own, named after the function.
    own = f"{function.logical_id.removesuffix('Function')}Settings"
    settings = getattr(module, own, module.Settings)
    assert given == {field.upper() for field in settings.model_fields}


@pytest.mark.parametrize("function", FUNCTIONS, ids=str)
def test_a_function_names_its_service_in_logs_and_metrics(function: Function) -> None:
    assert function.environment["POWERTOOLS_SERVICE_NAME"] == function.stack


@pytest.mark.parametrize("function", FUNCTIONS, ids=str)
def test_a_function_runs_on_the_shipping_runtime_with_a_time_out(function: Function) -> None:
    assert function.properties["Runtime"] == "python3.13"
    assert function.properties["Architectures"] == ["arm64"]
    assert 1 <= function.properties["Timeout"] <= 60
    assert function.properties["Tracing"] == "Active"
    assert len(function.properties["Layers"]) == 1


@pytest.mark.parametrize("function", FUNCTIONS, ids=str)
def test_the_logs_of_a_function_are_kept_for_a_stated_time(function: Function) -> None:
    groups = resources(function.stack, "AWS::Logs::LogGroup").values()
    wanted = {"Fn::Sub": f"/aws/lambda/{function.properties['FunctionName']['Fn::Sub']}"}
    kept = [g["Properties"] for g in groups if g["Properties"]["LogGroupName"] == wanted]
    assert len(kept) == 1
    assert "RetentionInDays" in kept[0]


@pytest.mark.parametrize("stack", STACKS)
def test_a_handler_is_read_at_a_glance(stack: str) -> None:
    for path in _handlers(stack):
        tree = ast.parse(path.read_text())
        assert ast.get_docstring(tree), f"{path.name} doesn't name its trigger"
        for node in ast.walk(tree):
            if isinstance(node, ast.FunctionDef):
                assert len(node.body) <= 3, f"{path.name}: {node.name} does more than hand over"


@pytest.mark.parametrize("stack", STACKS)
def test_only_the_settings_read_the_environment(stack: str) -> None:
    allowed = folder("shared") / "src" / "shared" / "settings.py"
    for path in (folder(stack) / "src").rglob("*.py"):
        if path != allowed:
            assert not re.search(r"\b(environ|getenv)\b", path.read_text()), path


@pytest.mark.parametrize("stack", STACKS)
def test_no_file_grows_beyond_300_lines(stack: str) -> None:
    for path in (folder(stack) / "src").rglob("*.py"):
        assert len(path.read_text().splitlines()) <= 300, path


def test_who_opens_an_order_by_its_id_asks_for_its_owner_too() -> None:
    # A signed-in shopper passes the first check with any order's id.
    for path in (p for stack in STACKS for p in (folder(stack) / "src").rglob("*.py")):
        text = path.read_text()
        if ".own_transaction(" in text:
            assert "check_owner(" in text, path
