"""GET /orders/{transaction_id}: one order, for the holder of its token."""

from orders import reading, wiring
from shared import entrypoint
from shared.http import Request, Response


@entrypoint.http(wiring.get_order)
def handler(request: Request, deps: reading.Deps) -> Response:
    """Answers the order as last committed."""
    return reading.read(request, deps)
