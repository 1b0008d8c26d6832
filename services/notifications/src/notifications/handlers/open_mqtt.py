"""POST /orders/{transaction_id}/mqtt: an address with which the order's topic can be followed."""

from notifications import mqtt, wiring
from shared import entrypoint
from shared.http import Request, Response


@entrypoint.http(wiring.open_mqtt)
def handler(request: Request, deps: mqtt.Deps) -> Response:
    """Answers a presigned address for this one topic."""
    return mqtt.open_session(request, deps)
