"""Where a command finds what it works on: the local stack when it runs, else AWS."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import boto3

from local_stack.aws import Aws
from local_stack.errors import EmulatorError
from local_stack.running import addresses


@dataclass(frozen=True)
class World:
    """An AWS to work on."""

    name: str
    """As a person would call it."""
    client: Callable[[str], Any]
    """Answers a boto3 client of a service."""


def find_world(state: Path, *, aws: bool) -> World:
    """Answers the local stack that runs on a state, or AWS as the environment describes it."""
    if not aws:
        try:
            endpoint_url = addresses(state)["endpoint_url"]
        except EmulatorError:
            pass
        else:
            return World(f"the local stack ({endpoint_url})", Aws(endpoint_url).client)
    session = boto3.Session()

    def client(service: str) -> Any:  # noqa: ANN401 - boto3 has a type per service name
        return session.client(service)  # type: ignore[call-overload]

    return World(f"AWS ({session.region_name})", client)
