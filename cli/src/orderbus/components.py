"""The schemas of several parts in one document: equal ones once, others by their owner."""

import ast
import inspect
from collections.abc import Iterator, Mapping, Sequence
from itertools import pairwise
from textwrap import dedent
from typing import Any

from pydantic import BaseModel
from pydantic.json_schema import GenerateJsonSchema, JsonSchemaValue
from pydantic_core.core_schema import DataclassField, ModelField, ModelSchema, TypedDictField

REFERENCE = "#/components/schemas/"

Schemas = Mapping[str, Any]
"""Schemas by name, which refer to each other by it."""


class FullAnswers(GenerateJsonSchema):
    """Schemas in which an answer has all its fields, but for those that default to None."""

    def field_is_required(
        self,
        field: ModelField | DataclassField | TypedDictField,
        total: bool,  # noqa: FBT001 - pydantic's signature
    ) -> bool:
        """Says whether the field is always there."""
        if self.mode == "validation":
            return super().field_is_required(field, total)
        schema = field["schema"]
        return not (schema["type"] == "default" and schema.get("default", ...) is None)


class Explained(FullAnswers):
    """Full schemas that say of each field what the docstring beneath it says.

    pydantic's own `use_attribute_docstrings` would read the sources at each cold start.
    """

    def model_schema(self, schema: ModelSchema) -> JsonSchemaValue:
        """Answers the schema of a model."""
        described = super().model_schema(schema)
        for name, text in _explanations(schema["cls"]):
            field = schema["cls"].model_fields[name]
            described["properties"][field.alias or name].setdefault("description", text)
        return described

    def field_title_should_be_set(self, schema: object) -> bool:  # noqa: ARG002 - pydantic's
        """Says that a field's name is title enough."""
        return False


def _explanations(model: type[BaseModel]) -> Iterator[tuple[str, str]]:
    """Answers the docstring beneath each field, those of the model itself before its bases'."""
    for part in model.__mro__[: model.__mro__.index(BaseModel)]:
        (definition,) = ast.parse(dedent(inspect.getsource(part))).body
        for field, text in pairwise(getattr(definition, "body", ())):
            if isinstance(field, ast.AnnAssign) and isinstance(text, ast.Expr):
                name, value = ast.unparse(field.target), ast.literal_eval(text.value)
                if name in model.model_fields:
                    yield name, inspect.cleandoc(value)


def ambiguous(parts: Sequence[Schemas]) -> frozenset[str]:
    """Answers the names that mean, or refer to, different things in different parts."""
    found: frozenset[str] = frozenset()
    while True:
        more = frozenset(
            name
            for part in parts
            for name in part
            if _differs(name, parts)
            or (_is_in_several(name, parts) and not found.isdisjoint(_referred(part[name])))
        )
        if more == found:
            return found
        found = more


def _is_in_several(name: str, parts: Sequence[Schemas]) -> bool:
    return sum(name in part for part in parts) > 1


def _differs(name: str, parts: Sequence[Schemas]) -> bool:
    meanings = [part[name] for part in parts if name in part]
    return any(meaning != meanings[0] for meaning in meanings)


def _referred(schema: object) -> Iterator[str]:
    """Answers the names that a schema refers to."""
    if isinstance(schema, Mapping):
        if "$ref" in schema:
            yield str(schema["$ref"]).removeprefix(REFERENCE)
        for value in schema.values():
            yield from _referred(value)
    elif isinstance(schema, list):
        for value in schema:
            yield from _referred(value)


def merged(parts: Mapping[str, Schemas], names: frozenset[str]) -> dict[str, Any]:
    """Answers all schemas; those of the ambiguous names are called after their part, too."""
    return {
        _name(name, part, names): renamed(schema, part, names)
        for part, schemas in parts.items()
        for name, schema in schemas.items()
    }


def renamed(schema: Any, part: str, names: frozenset[str]) -> Any:  # noqa: ANN401 - any JSON
    """Answers a part's schema with its references as the merged document has them."""
    if isinstance(schema, list):
        return [renamed(value, part, names) for value in schema]
    if not isinstance(schema, Mapping):
        return schema
    return {
        key: REFERENCE + _name(value.removeprefix(REFERENCE), part, names)
        if key == "$ref"
        else renamed(value, part, names)
        for key, value in schema.items()
    }


def _name(name: str, part: str, names: frozenset[str]) -> str:
    return f"{part}.{name}" if name in names else name
