"""The product's own templates as plain resources: every intrinsic function resolved.

Knows no resource of the product by name: what stands in a template is what runs.
"""

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from local_stack import templates
from local_stack.project import ROOT
from simulator.aws.errors import UnsupportedError

ACCOUNT = "000000000000"
REGION = "us-east-1"
STAGE = "dev"
FOLDERS = ("shared", *sorted(str(p.relative_to(ROOT)) for p in (ROOT / "services").iterdir()))
"""Every stack's folder; the shared one first, for the others read its parameters."""

_PSEUDO = {
    "AWS::AccountId": ACCOUNT,
    "AWS::Region": REGION,
    "AWS::Partition": "aws",
    "AWS::URLSuffix": "amazonaws.com",
    "AWS::StackName": "simulated",
    "AWS::NoValue": None,
}

_NAMED_BY = {
    "AWS::DynamoDB::Table": ("TableName", "dynamodb", "table/"),
    "AWS::SQS::Queue": ("QueueName", "sqs", ""),
    "AWS::Events::EventBus": ("Name", "events", "event-bus/"),
    "AWS::Events::Rule": ("Name", "events", "rule/"),
    "AWS::Events::Archive": ("ArchiveName", "events", "archive/"),
    "AWS::Serverless::Function": ("FunctionName", "lambda", "function:"),
    "AWS::SSM::Parameter": ("Name", "ssm", "parameter"),
    "AWS::Scheduler::Schedule": ("Name", "scheduler", "schedule/default/"),
    "AWS::Logs::LogGroup": ("LogGroupName", "logs", "log-group:"),
    "AWS::IAM::Role": ("RoleName", "iam", "role/"),
    "AWS::SNS::Topic": ("TopicName", "sns", ""),
}
"""By type, the property that names a resource, and its ARN's service and prefix."""


@dataclass(frozen=True)
class Resource:
    """One resource with everything in its properties resolved."""

    stack: str
    logical_id: str
    type: str
    name: str
    arn: str
    properties: Mapping[str, Any]


class _Stack:
    """One template being resolved."""

    def __init__(self, folder: str, parameters: dict[str, str]) -> None:
        self.name = Path(folder).name
        self.template = templates.load(ROOT / folder / "template.yaml")
        self._stored = parameters
        self._given = {
            "Stage": STAGE,
            "SharedLayerArn": "layer",
            "LogLevel": "ERROR",
            "MqttUrl": "wss://mqtt.example/mqtt",
        }

    def resources(self) -> Iterator[Resource]:
        for logical_id, resource in self.template["Resources"].items():
            if "Condition" in resource and not self._holds(resource["Condition"]):
                continue
            properties = self._with_globals(resource)
            yield Resource(
                self.name,
                logical_id,
                resource["Type"],
                self._name(logical_id),
                self._arn(logical_id),
                self.resolve(properties),
            )

    def _with_globals(self, resource: dict[str, Any]) -> dict[str, Any]:
        own = dict(resource.get("Properties", {}))
        if resource["Type"] != "AWS::Serverless::Function":
            return own
        defaults = self.template.get("Globals", {}).get("Function", {})
        merged = defaults | own
        for part in (defaults, own):
            variables = part.get("Environment", {}).get("Variables", {})
            merged["Environment"] = {
                "Variables": merged.get("Environment", {}).get("Variables", {}) | variables
            }
        return dict(merged)

    def resolve(self, value: Any) -> Any:  # noqa: ANN401 - a part of a template
        """Answers a part of the template with every intrinsic function resolved."""
        if isinstance(value, list):
            return [self.resolve(part) for part in value]
        if not isinstance(value, dict):
            return value
        if len(value) == 1:
            ((name, argument),) = value.items()
            if name == "Ref" or name.startswith("Fn::"):
                return self._intrinsic(name, argument)
        return {name: self.resolve(part) for name, part in value.items()}

    def _intrinsic(self, name: str, argument: Any) -> Any:  # noqa: ANN401
        match name:
            case "Ref":
                return self._ref(argument)
            case "Fn::GetAtt":
                logical_id, attribute = argument
                return self._attribute(logical_id, attribute)
            case "Fn::Sub" if isinstance(argument, str):
                return re.sub(r"\$\{([^}]+)}", self._substitute, argument)
            case "Fn::Join":
                separator, parts = argument
                return separator.join(map(str, self.resolve(parts)))
            case "Fn::If":
                condition, yes, no = argument
                return self.resolve(yes if self._holds(condition) else no)
            case _:
                raise UnsupportedError(f"{name} in the template of {self.name}")

    def _substitute(self, found: re.Match[str]) -> str:
        logical_id, _, attribute = found.group(1).partition(".")
        value = self._attribute(logical_id, attribute) if attribute else self._ref(logical_id)
        return str(value)

    def _ref(self, name: str) -> Any:  # noqa: ANN401
        if name in _PSEUDO:
            return _PSEUDO[name]
        if name in self.template.get("Parameters", {}):
            return self._parameter(name)
        match self.template["Resources"][name]["Type"]:
            case "AWS::SQS::Queue":
                return f"https://sqs.{REGION}.amazonaws.com/{ACCOUNT}/{self._name(name)}"
            case "AWS::SNS::Topic":
                return self._arn(name)
            case _:
                return self._name(name)

    def _parameter(self, name: str) -> str:
        spec = self.template["Parameters"][name]
        value = self._given.get(name, str(spec.get("Default", "")))
        stored = str(spec["Type"]).startswith("AWS::SSM::Parameter::Value")
        return self._stored[value] if stored else value

    def _name(self, logical_id: str) -> str:
        resource = self.template["Resources"][logical_id]
        naming = _NAMED_BY.get(resource["Type"])
        given = resource.get("Properties", {}).get(naming[0]) if naming else None
        return str(self.resolve(given)) if given is not None else f"{self.name}-{logical_id}"

    def _arn(self, logical_id: str) -> str:
        kind = self.template["Resources"][logical_id]["Type"]
        _, service, prefix = _NAMED_BY.get(kind, ("", kind.split("::")[1].lower(), ""))
        region = "" if service == "iam" else REGION
        return f"arn:aws:{service}:{region}:{ACCOUNT}:{prefix}{self._name(logical_id)}"

    def _attribute(self, logical_id: str, attribute: str) -> Any:  # noqa: ANN401
        if attribute in {"Arn", "TopicArn"}:
            return self._arn(logical_id)
        properties = self.template["Resources"][logical_id].get("Properties", {})
        if attribute in properties:
            return self.resolve(properties[attribute])
        if attribute in {"Name", "QueueName", "TopicName", "ApiId"}:
            return self._name(logical_id)
        if attribute == "ApiEndpoint":
            scheme = "wss" if properties["ProtocolType"] == "WEBSOCKET" else "https"
            return f"{scheme}://{self._name(logical_id)}.execute-api.{REGION}.amazonaws.com"
        raise UnsupportedError(f"{logical_id}.{attribute} in the template of {self.name}")

    def _holds(self, name: str) -> bool:
        return bool(self._condition(self.template["Conditions"][name]))

    def _condition(self, value: Any) -> bool:  # noqa: ANN401
        ((kind, arguments),) = value.items()
        match kind:
            case "Condition":
                return self._holds(arguments)
            case "Fn::Not":
                return not self._condition(arguments[0])
            case "Fn::And":
                return all(map(self._condition, arguments))
            case "Fn::Or":
                return any(map(self._condition, arguments))
            case "Fn::Equals":
                left, right = self.resolve(arguments)
                return bool(left == right)
            case _:
                raise UnsupportedError(f"the condition {kind}")


@cache
def resources() -> tuple[Resource, ...]:
    """Answers every resource of every stack of the product."""
    return deployed(FOLDERS)


def deployed(folders: Iterable[str]) -> tuple[Resource, ...]:
    """Answers every resource of these folders' stacks, deployed one after the other."""
    stored: dict[str, str] = {}
    found: list[Resource] = []
    for folder in folders:
        for resource in _Stack(folder, stored).resources():
            found.append(resource)
            if resource.type == "AWS::SSM::Parameter":
                stored[resource.name] = str(resource.properties["Value"])
    return tuple(found)


def of_type(*types: str) -> Iterator[Resource]:
    """Answers the resources of these types."""
    return (resource for resource in resources() if resource.type in types)


def of_api(type_: str, api: str) -> Iterator[Resource]:
    """Answers the resources of a type that belong to an API."""
    return (resource for resource in of_type(type_) if resource.properties["ApiId"] == api)


def apis(protocol: str) -> Iterator[Resource]:
    """Answers the APIs of a protocol: HTTP or WEBSOCKET."""
    every = of_type("AWS::ApiGatewayV2::Api")
    return (api for api in every if api.properties["ProtocolType"] == protocol)


def function_arn(uri: str) -> str:
    """Answers the function's ARN in an address that invokes it, which may be the ARN itself."""
    return uri.rpartition("/functions/")[2].removesuffix("/invocations")
