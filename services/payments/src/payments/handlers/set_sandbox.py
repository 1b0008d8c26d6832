"""POST /operations/sandbox: an operator turns the sandbox provider's switches."""

from payments import switching, wiring
from payments.switches import Switchboard
from shared import entrypoint
from shared.http import Request, Response


@entrypoint.http(wiring.switchboard)
def handler(request: Request, switchboard: Switchboard) -> Response:
    """Answers the switches once they are turned."""
    return switching.turn(request, switchboard)
