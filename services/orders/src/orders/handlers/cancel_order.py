"""POST /orders/{transaction_id}/cancel: calls an undecided order off."""

from orders import cancelling, wiring
from shared import entrypoint
from shared.http import Request, Response


@entrypoint.http(wiring.cancel_order)
def handler(request: Request, deps: cancelling.Deps) -> Response:
    """Answers 202 with the cancelled order, or 409."""
    return cancelling.cancel(request, deps)
