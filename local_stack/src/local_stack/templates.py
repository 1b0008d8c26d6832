"""Reads the SAM templates and answers them as the local AWS takes them.

Every function here is pure: a template in, a new one out, and what was changed beside it, so that
the deployer can say so. No template has a local variant.
"""

import copy
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

Template = dict[str, Any]

UNKNOWN_TYPES = (
    "AWS::Events::Archive",
    "AWS::Events::EventBusPolicy",
    "AWS::EventSchemas::",
    "AWS::CodeDeploy::",
    "AWS::Logs::QueryDefinition",
    "AWS::CloudWatch::CompositeAlarm",
    "AWS::XRay::Group",
    "AWS::ApiGatewayV2::RouteResponse",
)
"""Types (or, with a trailing `::`, families) that MiniStack's CloudFormation refuses."""

CODE_PROPERTY = {
    "AWS::Serverless::Function": "CodeUri",
    "AWS::Serverless::LayerVersion": "ContentUri",
}


class _CloudFormationLoader(yaml.SafeLoader):
    """YAML with CloudFormation's short forms (`!Ref`, `!Sub`, ...)."""


def _short_form(loader: yaml.SafeLoader, suffix: str, node: yaml.Node) -> dict[str, Any]:
    name = suffix if suffix in {"Ref", "Condition"} else f"Fn::{suffix}"
    if isinstance(node, yaml.ScalarNode):
        value: Any = loader.construct_scalar(node)
        if suffix == "GetAtt":
            value = str(value).split(".", 1)
    elif isinstance(node, yaml.SequenceNode):
        value = loader.construct_sequence(node, deep=True)
    elif isinstance(node, yaml.MappingNode):
        value = loader.construct_mapping(node, deep=True)
    else:
        raise yaml.YAMLError(f"Unknown node under !{suffix}")
    return {name: value}


_CloudFormationLoader.add_multi_constructor("!", _short_form)


def _plain(_loader: yaml.SafeLoader, node: yaml.Node) -> str:
    """Keeps what looks like a date a text: CloudFormation's versions do."""
    return str(node.value)


_CloudFormationLoader.add_constructor("tag:yaml.org,2002:timestamp", _plain)


def parse(text: str) -> Template:
    """Answers a template with every short form written out, fit for JSON."""
    template: Template = yaml.load(text, Loader=_CloudFormationLoader)  # noqa: S506 -- a SafeLoader
    return template


def load(path: Path) -> Template:
    """Answers the template in a file."""
    return parse(path.read_text())


def defaults(template: Template) -> dict[str, str]:
    """Answers the default of every parameter that has one."""
    parameters = template.get("Parameters", {}).items()
    return {name: str(spec["Default"]) for name, spec in parameters if "Default" in spec}


@dataclass(frozen=True)
class Removed:
    """A resource that the local CloudFormation can't make."""

    logical_id: str
    type: str
    properties: Mapping[str, Any]


def without_unknown_types(template: Template) -> tuple[Template, tuple[Removed, ...]]:
    """Answers the template without the resources that the local CloudFormation refuses.

    Outputs that speak of one of them, and `DependsOn`, go with them.
    """
    kept = copy.deepcopy(template)
    removed = tuple(
        Removed(name, resource["Type"], resource.get("Properties", {}))
        for name, resource in template.get("Resources", {}).items()
        if _is_unknown(resource["Type"])
    )
    gone = {resource.logical_id for resource in removed}
    kept["Resources"] = {n: r for n, r in kept.get("Resources", {}).items() if n not in gone}
    for resource in kept["Resources"].values():
        _forget_dependencies(resource, gone)
    if "Outputs" in kept:
        kept["Outputs"] = {
            name: output
            for name, output in kept["Outputs"].items()
            if not gone & set(references(output))
        }
    return kept, removed


def _is_unknown(resource_type: str) -> bool:
    return any(
        resource_type.startswith(unknown) if unknown.endswith("::") else resource_type == unknown
        for unknown in UNKNOWN_TYPES
    )


def _forget_dependencies(resource: dict[str, Any], gone: set[str]) -> None:
    named = resource.get("DependsOn")
    if named is None:
        return
    left = [name for name in ([named] if isinstance(named, str) else named) if name not in gone]
    if left:
        resource["DependsOn"] = left
    else:
        del resource["DependsOn"]


def references(value: object) -> Iterator[str]:
    """Answers the logical ids that a part of a template speaks of by Ref and GetAtt."""
    if isinstance(value, dict):
        if "Ref" in value:
            yield str(value["Ref"])
        target = value.get("Fn::GetAtt")
        if isinstance(target, list):
            yield str(target[0])
        for part in value.values():
            yield from references(part)
    elif isinstance(value, list):
        for part in value:
            yield from references(part)


def without_source_condition(template: Template) -> tuple[Template, tuple[str, ...]]:
    """Answers the template without `events:source` conditions, and where they stood.

    MiniStack denies even the right source under that condition.
    """
    stripped = copy.deepcopy(template)
    names = tuple(
        name for name, resource in stripped.get("Resources", {}).items() if _strip(resource)
    )
    return stripped, names


def _strip(value: object) -> bool:
    """Removes the condition in place and says whether it was there."""
    if isinstance(value, list):
        return bool([part for part in value if _strip(part)])
    if not isinstance(value, dict):
        return False
    found = bool([part for part in value.values() if _strip(part)])
    conditions = value.get("Condition")
    if "Action" not in value or not isinstance(conditions, dict):
        return found
    for operator, keys in list(conditions.items()):
        if isinstance(keys, dict) and keys.pop("events:source", None) is not None:
            found = True
            if not keys:
                del conditions[operator]
    if not conditions:
        del value["Condition"]
    return found


def code_paths(template: Template) -> dict[str, str]:
    """Answers the local folder of each function's and layer's code by logical id."""
    default = template.get("Globals", {}).get("Function", {}).get("CodeUri")
    paths: dict[str, str] = {}
    for name, resource in template.get("Resources", {}).items():
        key = CODE_PROPERTY.get(resource["Type"])
        if key is None:
            continue
        path = resource.get("Properties", {}).get(key, default)
        if isinstance(path, str) and not path.startswith("s3://"):
            paths[name] = path
    return paths


def with_code(template: Template, uploads: Mapping[str, str]) -> Template:
    """Answers the template with the uploaded address in place of each local folder."""
    rewritten = copy.deepcopy(template)
    rewritten.get("Globals", {}).get("Function", {}).pop("CodeUri", None)
    for name, address in uploads.items():
        resource = rewritten["Resources"][name]
        resource.setdefault("Properties", {})[CODE_PROPERTY[resource["Type"]]] = address
    return rewritten


def with_api_ids(template: Template, ids: Mapping[str, str]) -> Template:
    """Answers the template with each API's id pinned, by its protocol, with MiniStack's tag.

    A pinned id makes the API's address known before it exists.
    """
    tagged = copy.deepcopy(template)
    for resource in tagged.get("Resources", {}).values():
        if resource["Type"] == "AWS::ApiGatewayV2::Api":
            tags = resource["Properties"].setdefault("Tags", {})
            tags["ms-custom-id"] = ids[resource["Properties"]["ProtocolType"]]
    return tagged


def without_default_identity_source(template: Template) -> Template:
    """Answers the template in which authorizers have the identity sources that it names, or none.

    MiniStack's CloudFormation gives the Authorization header to those that name none.
    """
    plain = copy.deepcopy(template)
    for resource in plain.get("Resources", {}).values():
        if resource["Type"] == "AWS::ApiGatewayV2::Authorizer":
            resource["Properties"].setdefault("IdentitySource", [])
    return plain


def with_capped_concurrency(template: Template, most: int) -> Template:
    """Answers the template with no event source running more functions at once than that."""
    capped = copy.deepcopy(template)
    for resource in capped.get("Resources", {}).values():
        scaling = resource.get("Properties", {}).get("ScalingConfig", {})
        if resource["Type"] == "AWS::Lambda::EventSourceMapping" and scaling:
            scaling["MaximumConcurrency"] = min(int(scaling["MaximumConcurrency"]), most)
    return capped
