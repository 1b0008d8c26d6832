"""Shows operators the sandbox provider's switches, and turns them."""

from http import HTTPStatus

from payments.switches import Switchboard, Switches
from shared.callers import OPERATE
from shared.http import ProblemError, Request, Response
from shared.observability import logger


def show(request: Request, switchboard: Switchboard) -> Response:
    """Answers the switches as they stand."""
    _check_operator(request)
    return _answer(switchboard.read())


def turn(request: Request, switchboard: Switchboard) -> Response:
    """Turns both switches and answers them; raises a ProblemError that names each wrong field."""
    _check_operator(request)
    switches = request.parsed(Switches)
    switchboard.turn(switches)
    logger().info("switched", authorize=switches.authorize, capture=switches.capture)
    return _answer(switches)


def _check_operator(request: Request) -> None:
    """Raises a ProblemError (403) unless an operator calls.

    A second wall: the gateway lets nobody else through to begin with.
    """
    if OPERATE not in request.caller.scopes:
        raise ProblemError(HTTPStatus.FORBIDDEN, "scope", "Only operators may do this.")


def _answer(switches: Switches) -> Response:
    return Response(HTTPStatus.OK, switches.model_dump(mode="json"))
