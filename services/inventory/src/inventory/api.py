"""inventory's part of the HTTP API, as it is documented."""

from http import HTTPStatus

from inventory.stocking import Page
from shared.api import Answer, Operation, Parameter, Part, Refusal
from shared.events.orders import SKU_PATTERN

_TEA = {
    "sku": "TEA-EARL-GREY",
    "name": "Earl Grey, 100 g",
    "unit_price": {"amount": 1250, "currency": "EUR"},
    "available": 100_000,
}

LIST_PRODUCTS = Operation(
    method="get",
    path="/products",
    name="listProducts",
    summary="List the products",
    description="Answers up to 100 products with their prices and stock, in no stated order.",
    parameters=(
        Parameter(
            "query",
            "cursor",
            "`next` of the page before; none or empty: the first page.",
            {"type": "string", "pattern": f"^$|{SKU_PATTERN}"},
        ),
    ),
    answers=(
        Answer(HTTPStatus.OK, "A page of products.", Page, (), {"products": [_TEA], "next": None}),
    ),
    refusals=(Refusal(HTTPStatus.BAD_REQUEST, "cursor", "`cursor` is no `next` of a page."),),
)

PART = Part("inventory", "Products, their prices and stock.", (LIST_PRODUCTS,))
