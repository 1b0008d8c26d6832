"""The simulator's fake AWS for tests: on a clock of their own, below real boto3 clients."""

from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from typing import Any

import boto3
from botocore.client import BaseClient
from moto import mock_aws

from simulator.aws.cloud import Cloud, below_boto3
from simulator.aws.wire import below_botocore
from simulator.loop import Loop

REGION = "us-east-1"
ACCOUNT = "000000000000"
SURFACES = {"boto3": below_boto3, "botocore": below_botocore}
"""Where the fake is put, by what stays real above it."""


class Fake:
    """One account of the fake in virtual time, and clients in front of it."""

    def __init__(self) -> None:
        self.loop = Loop()
        self.cloud = Cloud(lambda: self.loop.now, self.loop.at)

    def client(self, service: str) -> Any:  # noqa: ANN401 - boto3's clients are made at run time
        """Answers a client of a service; it works while the fake is below it."""
        return client(service)


@contextmanager
def fake(surface: str = "boto3") -> Iterator[Fake]:
    """Puts a fake below all boto3 clients while a block lasts."""
    made = Fake()
    with SURFACES[surface](made.cloud.call):
        yield made


@contextmanager
def moto() -> Iterator[None]:
    """Puts moto below all boto3 clients while a block lasts; it keeps what it has for the next one.

    Never around a fake: both would do what one of them is asked.
    """
    _MOTO.start(reset=False)
    try:
        yield
    finally:
        _MOTO.stop(remove_data=False)


_MOTO = mock_aws()
_ENDPOINTS = {"apigatewaymanagementapi": f"https://api.execute-api.{REGION}.amazonaws.com/dev"}
"""Of services whose address is a resource of whoever calls."""


@cache
def client(service: str) -> Any:  # noqa: ANN401 - likewise
    """Answers a client with credentials that nobody checks."""
    made: BaseClient = boto3.client(
        service,  # type: ignore[call-overload]
        region_name=REGION,
        endpoint_url=_ENDPOINTS.get(service),
        aws_access_key_id="simulated",
        aws_secret_access_key="simulated",
    )
    return made
