"""The receivers of merchant webhooks: none to begin with; `orderbus webhooks` adds them."""

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from mypy_boto3_ssm.client import SSMClient

NOBODY = '{"receivers":[]}'


def name(stage: str) -> str:
    """The parameter with the receivers and their secrets; notifications alone may read it."""
    return f"/orderbus/{stage}/notifications/webhooks"


def ensure(ssm: "SSMClient", stage: str) -> bool:
    """Makes the empty list unless there is one; says whether it made one."""
    if ssm.get_parameters(Names=[name(stage)])["Parameters"]:
        return False
    ssm.put_parameter(Name=name(stage), Value=NOBODY, Type="SecureString")
    return True
