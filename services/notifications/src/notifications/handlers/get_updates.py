"""GET /orders/{transaction_id}/updates: the folded view, for the holder of the order's token."""

from notifications import updating, wiring
from shared import entrypoint
from shared.http import Request, Response


@entrypoint.http(wiring.updates)
def handler(request: Request, deps: updating.Deps) -> Response:
    """Answers the view, or 304."""
    return updating.updates(request, deps)
