"""The archive of the bus, made by API where CloudFormation can't make it."""

import json
import re
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from local_stack.templates import Removed

if TYPE_CHECKING:
    from mypy_boto3_events.client import EventBridgeClient

TYPE = "AWS::Events::Archive"


def ensure(
    events: "EventBridgeClient", resource: Removed, parameters: Mapping[str, str], bus_arn: str
) -> None:
    """Makes the archive that a template describes, unless it is there."""
    name = substituted(resource.properties["ArchiveName"], parameters)
    listed = events.list_archives(NamePrefix=name)["Archives"]
    if any(archive["ArchiveName"] == name for archive in listed):
        return
    optional: dict[str, Any] = {}
    if "EventPattern" in resource.properties:
        optional["EventPattern"] = json.dumps(resource.properties["EventPattern"])
    events.create_archive(
        ArchiveName=name,
        EventSourceArn=bus_arn,
        RetentionDays=int(substituted(resource.properties.get("RetentionDays", 0), parameters)),
        **optional,
    )


def substituted(value: object, parameters: Mapping[str, str]) -> str:
    """Answers a text of a template with the parameters in their places."""
    if isinstance(value, dict) and "Ref" in value:
        return parameters[value["Ref"]]
    text = value["Fn::Sub"] if isinstance(value, dict) else str(value)
    return re.sub(r"\$\{(\w+)\}", lambda match: parameters[match[1]], text)
