"""Puts the authorizer together."""

from dataclasses import dataclass
from functools import cache

from authorizer.settings import Settings
from shared import callers
from shared.callers import Callers
from shared.clients import client
from shared.clock import now
from shared.identity import Identity
from shared.settings import load


@dataclass(frozen=True)
class Deps:
    """What the authorizer needs."""

    callers: Callers
    identity: Identity


@cache
def deps() -> Deps:
    """Answers what the authorizer needs; its keys are this worker's."""
    settings = load(Settings)
    parameter, identity = settings.tracking_public_keys_parameter, settings.identity
    return Deps(callers.callers(client("ssm"), parameter, identity, now), identity)
