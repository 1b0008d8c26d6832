"""GET /products: the catalogue with its stock."""

from inventory import stocking, wiring
from inventory.ports import Products
from shared import entrypoint
from shared.http import Request, Response


@entrypoint.http(wiring.products)
def handler(request: Request, products: Products) -> Response:
    """Answers a page of products."""
    return stocking.list_products(request, products)
