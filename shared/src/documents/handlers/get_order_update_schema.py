"""GET /order-update.schema.json: the JSON Schema of what is told of an order."""

from documents import serving, wiring
from documents.serving import Document
from shared import entrypoint
from shared.http import Request, Response


@entrypoint.http(wiring.order_update)
def handler(request: Request, document: Document) -> Response:
    """Answers the schema, or 304."""
    return serving.serve(request, document)
