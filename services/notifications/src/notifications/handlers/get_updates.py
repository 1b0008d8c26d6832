"""GET /orders/{transaction_id}/updates: the folded view, for the holder of the order's token."""

from notifications import updating, wiring
from notifications.ports import Journal
from shared import clock, entrypoint
from shared.http import Request, Response


@entrypoint.http(wiring.journal)
def handler(request: Request, journal: Journal) -> Response:
    """Answers the view, or 304."""
    return updating.updates(request, journal, clock.now())
