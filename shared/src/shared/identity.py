"""Whom a stage knows: its OIDC issuer, if it has one, and who its operators are."""

from ipaddress import ip_address
from typing import Self
from urllib.parse import urlsplit

from pydantic import BaseModel, ConfigDict, model_validator


class Identity(BaseModel):
    """What the shared stack's parameters say, as every function that checks tokens is told it.

    In a settings model: `identity: Json[Identity]`, the variable `IDENTITY`.
    """

    model_config = ConfigDict(frozen=True)

    issuer: str = ""
    """The OIDC issuer of shoppers and operators; empty: there are none but by tracking token."""
    audience: str = ""
    customer_claim: str = "sub"
    operator_scope: str = "orderbus/operate"
    open_to_loopback: bool = False
    """Whether who calls from the machine itself is an operator without a token."""

    @model_validator(mode="after")
    def _complete(self) -> Self:
        if self.issuer and not self.audience:
            raise ValueError("an issuer needs an audience: any client of it could enter otherwise")
        if self.issuer and not is_trusted_address(self.issuer):
            raise ValueError("an issuer's address begins with https://")
        return self


def is_trusted_address(url: str) -> bool:
    """Says whether nobody on the way can answer in place of who is asked there."""
    parts = urlsplit(url)
    if parts.scheme == "http":
        return is_loopback(parts.hostname or "")
    return parts.scheme == "https" and bool(parts.hostname)


def is_loopback(host: str) -> bool:
    """Says whether a host's name or address is this machine's own."""
    try:
        return host == "localhost" or ip_address(host).is_loopback
    except ValueError:
        return False
