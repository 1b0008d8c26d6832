"""Draws the table of every function from the templates: trigger, rights, events."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

from local_stack import templates
from local_stack.project import ROOT, STACKS, stack_folder

PAGE = ROOT / "docs" / "functions.md"

_HEAD = """# Every function

Generated from the templates by `orderbus docs`, compared by the tests. "Rights" are all that the
function's role may do beside writing its own log and trace.

"""
_QUEUES = {
    "InboxQueue": "inbox queue",
    "InboxDeadLetterQueue": "the inbox's dead-letter queue",
    "RuleDeadLetterQueue": "the rule's dead-letter queue",
    "PushesQueue": "the queue of pushes (FIFO)",
    "WebhooksQueue": "the queue of webhooks",
}
_COLUMNS = ("function", "trigger", "rights", "consumes", "publishes")


def page() -> str:
    """Answers the page `docs/functions.md` as the templates have it now."""
    return _HEAD + "\n".join(_section(stack) for stack in STACKS)


def write(path: Path = PAGE) -> None:
    """Writes the page."""
    path.write_text(page())


def _section(stack: str) -> str:
    template = templates.load(stack_folder(stack) / "template.yaml")
    lines = [f"## {stack}\n", _row(_COLUMNS), _row(["---"] * len(_COLUMNS))]
    lines += [_row(cells) for cells in _functions(template)]
    return "\n".join(lines) + "\n"


def _row(cells: Any) -> str:  # noqa: ANN401 - any sequence of strings
    return f"| {' | '.join(cells)} |"


def _functions(template: dict[str, Any]) -> Iterator[tuple[str, ...]]:
    resources = template["Resources"]
    for name, resource in resources.items():
        if resource["Type"] != "AWS::Serverless::Function":
            continue
        yield (
            f"`{resource['Properties']['Handler'].removesuffix('.handler')}`",
            _trigger(name, resources),
            "<br>".join(_rights(resource["Properties"])) or "none",
            _consumes(name, resources),
            ", ".join(resource.get("Metadata", {}).get("Publishes", [])) or "-",
        )


def _trigger(name: str, resources: dict[str, Any]) -> str:
    routes = [
        f"`{resource['Properties']['RouteKey']}`"
        for resource in resources.values()
        if resource["Type"] == "AWS::ApiGatewayV2::Route"
        and name in _reached(resource["Properties"]["Target"], resources)
    ]
    if routes:
        return ", ".join(routes)
    triggers = [_trigger_by(resource, name) for resource in resources.values()]
    return "<br>".join(filter(None, triggers)) or "invoked by an operator"


def _trigger_by(resource: dict[str, Any], name: str) -> str | None:
    properties = resource.get("Properties", {})
    if name not in _spoken_of(properties):
        return None
    match resource["Type"]:
        case "AWS::Lambda::EventSourceMapping":
            queue = _QUEUES[properties["EventSourceArn"]["Fn::GetAtt"][0]]
            most = properties["BatchSize"]
            return f"{queue}, {f'up to {most} messages' if most > 1 else 'one message'}"
        case "AWS::Scheduler::Schedule":
            return f"schedule `{properties['ScheduleExpression']}`"
        case "AWS::ApiGatewayV2::Authorizer":
            return "authorizer of the HTTP API"
        case _:
            return None


def _reached(target: object, resources: dict[str, Any]) -> set[str]:
    """Answers what a route's target speaks of, through its integration."""
    integrations = _spoken_of(target)
    return set().union(
        *(_spoken_of(resources[i].get("Properties", {})) for i in integrations if i in resources)
    )


def _spoken_of(value: object) -> set[str]:
    """Answers the logical ids that a part of a template names, in `Fn::Sub` strings too."""
    return set(templates.references(value)) | set(_substituted(value))


def _substituted(value: object) -> Iterator[str]:
    if isinstance(value, dict):
        text = value.get("Fn::Sub")
        if isinstance(text, str):
            yield from (part.split("}")[0].split(".")[0] for part in text.split("${")[1:])
        for part in value.values():
            yield from _substituted(part)
    elif isinstance(value, list):
        for part in value:
            yield from _substituted(part)


def _rights(properties: dict[str, Any]) -> Iterator[str]:
    for policy in properties.get("Policies", []):
        for statement in policy["Statement"]:
            named = statement["Action"]
            actions = [named] if isinstance(named, str) else named
            yield f"{', '.join(f'`{a}`' for a in actions)} on {_object(statement['Resource'])}"


def _object(resource: object) -> str:
    if isinstance(resource, list):
        return ", ".join(dict.fromkeys(_object(part) for part in resource))
    own = sorted(templates.references(resource))
    if own:
        return ", ".join(own)
    text = resource.get("Fn::Sub", "") if isinstance(resource, dict) else str(resource)
    return text.replace("${", "").replace(".Arn}", "") if ".Arn}/" in text else _name(text)


def _name(text: str) -> str:
    """Answers what an ARN names: the part after the account."""
    return f"`{text.rsplit('AccountId}:', maxsplit=1)[-1]}`"


def _consumes(name: str, resources: dict[str, Any]) -> str:
    polls = any(
        r["Type"] == "AWS::Lambda::EventSourceMapping"
        and {name, "InboxQueue"} <= _spoken_of(r["Properties"])
        for r in resources.values()
    )
    if not polls:
        return "-"
    patterns = [
        r["Properties"]["EventPattern"]
        for r in resources.values()
        if r["Type"] == "AWS::Events::Rule"
    ]
    return ", ".join(sorted({n for pattern in patterns for n in _detail_types(pattern)}))


def _detail_types(pattern: dict[str, Any]) -> Iterator[str]:
    yield from pattern.get("detail-type", [])
    for alternative in pattern.get("$or", []):
        yield from alternative.get("detail-type", [])
