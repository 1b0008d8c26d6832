"""GET /openapi.json: the document of the whole HTTP API."""

from documents import serving, wiring
from documents.serving import Document
from shared import entrypoint
from shared.http import Request, Response


@entrypoint.http(wiring.openapi)
def handler(request: Request, document: Document) -> Response:
    """Answers the document, or 304."""
    return serving.serve(request, document)
