"""The HTTP API's authorizer: asked before each call of a route that a token opens."""

from typing import Any

from authorizer import authorizing, wiring
from shared import entrypoint


@entrypoint.direct(wiring.deps)
def handler(event: dict[str, Any], deps: wiring.Deps) -> dict[str, Any]:
    """Answers whether the call's token is valid, and who it speaks for."""
    return authorizing.authorize(event, deps.callers, deps.identity)
