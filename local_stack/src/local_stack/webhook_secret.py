"""The secret that the payment provider signs its webhook with: made once, kept by stage."""

import secrets
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from mypy_boto3_ssm.client import SSMClient


def name(stage: str) -> str:
    """The parameter with the secret; payments alone may read it."""
    return f"/orderbus/{stage}/payments/webhook-secret"


def ensure(ssm: "SSMClient", stage: str) -> bool:
    """Makes the secret unless it exists; says whether it made one."""
    if ssm.get_parameters(Names=[name(stage)])["Parameters"]:
        return False
    ssm.put_parameter(Name=name(stage), Value=secrets.token_urlsafe(32), Type="SecureString")
    return True
