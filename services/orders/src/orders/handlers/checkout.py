"""POST /orders: takes a checkout and answers before anybody works on it."""

from orders import checking_out, wiring
from shared import entrypoint
from shared.http import Request, Response


@entrypoint.http(wiring.checkout)
def handler(request: Request, deps: checking_out.Deps) -> Response:
    """Answers 202 with the transaction id and its tracking token."""
    return checking_out.check_out(request, deps)
