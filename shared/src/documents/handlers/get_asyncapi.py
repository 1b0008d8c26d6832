"""GET /asyncapi.json: the document of the channels by which orders are followed."""

from documents import serving, wiring
from documents.serving import Document
from shared import entrypoint
from shared.http import Request, Response


@entrypoint.http(wiring.asyncapi)
def handler(request: Request, document: Document) -> Response:
    """Answers the document, or 304."""
    return serving.serve(request, document)
