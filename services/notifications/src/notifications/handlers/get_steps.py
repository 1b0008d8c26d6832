"""GET /orders/{transaction_id}/steps: an update for each step, for who has missed some."""

from notifications import updating, wiring
from notifications.ports import Journal
from shared import entrypoint
from shared.http import Request, Response


@entrypoint.http(wiring.journal)
def handler(request: Request, journal: Journal) -> Response:
    """Answers the steps after the last one that the caller has."""
    return updating.every_step(request, journal)
