"""One CloudFormation stack: created or updated, and why it failed if it did."""

import time
from collections.abc import Mapping
from typing import TYPE_CHECKING

from botocore.exceptions import ClientError

from local_stack.errors import DeployError

if TYPE_CHECKING:
    from mypy_boto3_cloudformation.client import CloudFormationClient
    from mypy_boto3_cloudformation.type_defs import ParameterTypeDef, StackTypeDef

POLL_SECONDS = 0.1
STACK_SECONDS = 120.0
NOTHING_TO_DO = "No updates are to be performed"
NEVER_CAME_UP = ("ROLLBACK_COMPLETE", "ROLLBACK_FAILED", "CREATE_FAILED", "REVIEW_IN_PROGRESS")
STUCK = ("UPDATE_ROLLBACK_FAILED", "DELETE_FAILED")
CANCELLED = "cancelled"


def apply(
    cloudformation: "CloudFormationClient", name: str, body: str, parameters: Mapping[str, str]
) -> str:
    """Returns when the stack is as the template says; answers created, updated or unchanged."""
    existing = _usable(cloudformation, name)
    given: list[ParameterTypeDef] = [
        {"ParameterKey": key, "ParameterValue": value} for key, value in parameters.items()
    ]
    operation = cloudformation.create_stack if existing is None else cloudformation.update_stack
    try:
        operation(
            StackName=name,
            TemplateBody=body,
            Parameters=given,
            Capabilities=["CAPABILITY_IAM", "CAPABILITY_NAMED_IAM", "CAPABILITY_AUTO_EXPAND"],
        )
    except ClientError as error:
        if NOTHING_TO_DO in str(error):
            return "unchanged"
        raise DeployError(
            f"Stack {name} was refused: {error.response['Error']['Message']}"
        ) from error
    try:
        return _outcome(cloudformation, name)
    except KeyboardInterrupt:
        # Half an operation in the saved state could neither be finished nor undone.
        _settled(cloudformation, name)
        raise


def _usable(cloudformation: "CloudFormationClient", name: str) -> "StackTypeDef | None":
    """Answers the stack if it can be updated; one that never came up is deleted."""
    existing = find(cloudformation, name)
    if existing is None or existing["StackStatus"] not in (*NEVER_CAME_UP, *STUCK):
        return existing
    if existing["StackStatus"] in STUCK:
        raise DeployError(
            f"Stack {name} is stuck ({existing['StackStatus']}): {failure(cloudformation, name)}. "
            "make clean forgets the local data and starts afresh."
        )
    cloudformation.delete_stack(StackName=name)
    _settled(cloudformation, name)
    return None


def _outcome(cloudformation: "CloudFormationClient", name: str) -> str:
    stack = _settled(cloudformation, name)
    status = stack["StackStatus"] if stack else "DELETED"
    if status == "CREATE_COMPLETE":
        return "created"
    if status == "UPDATE_COMPLETE":
        return "updated"
    raise DeployError(f"Stack {name} failed ({status}): {failure(cloudformation, name)}")


def find(cloudformation: "CloudFormationClient", name: str) -> "StackTypeDef | None":
    """Answers the stack, or nothing."""
    try:
        return cloudformation.describe_stacks(StackName=name)["Stacks"][0]
    except ClientError as error:
        if "does not exist" in str(error):
            return None
        raise


def _settled(cloudformation: "CloudFormationClient", name: str) -> "StackTypeDef | None":
    deadline = time.monotonic() + STACK_SECONDS
    while time.monotonic() < deadline:
        stack = find(cloudformation, name)
        if stack is None or not stack["StackStatus"].endswith("_IN_PROGRESS"):
            return stack
        time.sleep(POLL_SECONDS)
    raise DeployError(f"Stack {name} is still working after {STACK_SECONDS:.0f} s.")


def failure(cloudformation: "CloudFormationClient", name: str) -> str:
    """Answers the first resource that failed, and its reason."""
    events = cloudformation.describe_stack_events(StackName=name)["StackEvents"]
    for event in sorted(events, key=lambda event: event["Timestamp"]):
        reason = event.get("ResourceStatusReason", "")
        failed = event.get("ResourceStatus", "").endswith("_FAILED")
        if failed and CANCELLED not in reason and event.get("LogicalResourceId") != name:
            where = f"{event.get('LogicalResourceId')} ({event.get('ResourceType')})"
            return f"{where}: {reason or 'no reason given'}"
    stack = find(cloudformation, name)
    return stack.get("StackStatusReason", "no reason given") if stack else "it is gone"


def outputs(cloudformation: "CloudFormationClient", name: str) -> dict[str, str]:
    """Answers the outputs of a stack."""
    stack = find(cloudformation, name)
    if stack is None:
        raise DeployError(f"Stack {name} does not exist.")
    return {output["OutputKey"]: output["OutputValue"] for output in stack.get("Outputs", [])}
