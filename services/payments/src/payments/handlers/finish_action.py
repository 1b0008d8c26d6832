"""POST /sandbox/actions/{action_id}: a shopper acts at the sandbox's bank."""

from payments import acting, wiring
from shared import entrypoint
from shared.http import Request, Response


@entrypoint.http(wiring.bank)
def handler(request: Request, deps: acting.Deps) -> Response:
    """Answers 200 once what the shopper did is worked on."""
    return acting.finish(request, deps)
