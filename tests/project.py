"""Where the project's files lie, and its templates as the tests look at them."""

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from local_stack import templates

ROOT = Path(__file__).resolve().parents[1]
SERVICES = ("orders", "inventory", "payments", "notifications")
STACKS = ("shared", *SERVICES)


def folder(stack: str) -> Path:
    """Answers the folder of a stack's template."""
    return ROOT / "shared" if stack == "shared" else ROOT / "services" / stack


def packages(stack: str) -> tuple[str, ...]:
    """Answers the Python packages that hold a stack's handlers."""
    return ("authorizer", "documents") if stack == "shared" else (stack,)


@cache
def template(stack: str) -> dict[str, Any]:
    """Answers a stack's template with CloudFormation's short forms written out."""
    return templates.load(folder(stack) / "template.yaml")


def resources(stack: str, kind: str) -> dict[str, dict[str, Any]]:
    """Answers the resources of one type by logical id."""
    return {
        name: resource
        for name, resource in template(stack)["Resources"].items()
        if resource["Type"] == kind
    }


@dataclass(frozen=True)
class Function:
    """One Lambda function of a template, with what Globals say of all."""

    stack: str
    logical_id: str
    resource: dict[str, Any]

    @property
    def package(self) -> str:
        """The Python package that holds the function's handler."""
        return str(self.resource["Properties"]["Handler"]).split(".")[0]

    @property
    def defaults(self) -> dict[str, Any]:
        """What Globals say of every function of the stack."""
        return dict(template(self.stack).get("Globals", {}).get("Function", {}))

    @property
    def properties(self) -> dict[str, Any]:
        """The function's own properties over those of Globals."""
        return self.defaults | self.resource["Properties"]

    @property
    def environment(self) -> dict[str, Any]:
        """The environment variables that the function gets."""
        own = self.resource["Properties"].get("Environment", {}).get("Variables", {})
        return dict(self.defaults.get("Environment", {}).get("Variables", {}) | own)

    @property
    def statements(self) -> list[dict[str, Any]]:
        """The policy statements of the function's role."""
        return [
            statement
            for policy in self.properties.get("Policies", [])
            if isinstance(policy, dict)
            for statement in policy.get("Statement", [])
        ]

    def __str__(self) -> str:
        return f"{self.stack}.{self.logical_id}"


def functions(*stacks: str) -> Iterator[Function]:
    """Answers every Lambda function of these stacks (of all when none is named)."""
    for stack in stacks or STACKS:
        for logical_id, resource in resources(stack, "AWS::Serverless::Function").items():
            yield Function(stack, logical_id, resource)


def actions(statement: dict[str, Any]) -> list[str]:
    """Answers a statement's actions as a list."""
    named = statement["Action"]
    return [named] if isinstance(named, str) else list(named)
