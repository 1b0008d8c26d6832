"""GET /operations/orders/{transaction_id}: everything that led to where an order stands."""

from notifications import operating, wiring
from notifications.ports import Journal
from shared import entrypoint
from shared.http import Request, Response


@entrypoint.http(wiring.journal)
def handler(request: Request, journal: Journal) -> Response:
    """Answers the order's story to an operator."""
    return operating.story(request, journal)
