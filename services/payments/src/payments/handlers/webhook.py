"""POST /payments/webhook: the payment provider's signed notices."""

from payments import noticing, wiring
from shared import entrypoint
from shared.http import Request, Response


@entrypoint.http(wiring.webhook)
def handler(request: Request, deps: noticing.Deps) -> Response:
    """Answers 200 once the notice is worked on."""
    return noticing.notice(request, deps)
