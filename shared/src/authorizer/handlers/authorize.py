"""The HTTP API's authorizer: asked before each call of a route that a token opens."""

from typing import Any

from authorizer import authorizing, wiring
from authorizer.authorizing import CachedKeys
from shared import entrypoint


@entrypoint.direct(wiring.keys)
def handler(event: dict[str, Any], keys: CachedKeys) -> dict[str, Any]:
    """Answers whether the call's token is valid, and for which order."""
    return authorizing.authorize(event, keys)
