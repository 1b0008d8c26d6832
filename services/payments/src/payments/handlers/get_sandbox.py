"""GET /operations/sandbox: the sandbox provider's switches."""

from payments import switching, wiring
from payments.switches import Switchboard
from shared import entrypoint
from shared.http import Request, Response


@entrypoint.http(wiring.switchboard)
def handler(request: Request, switchboard: Switchboard) -> Response:
    """Answers the switches as they stand."""
    return switching.show(request, switchboard)
