"""Invoked by an operator: creates or changes a product."""

from typing import Any

from inventory import stocking, wiring
from shared import entrypoint


@entrypoint.direct(wiring.set_product)
def handler(document: dict[str, Any], deps: stocking.Deps) -> dict[str, Any]:
    """Answers the product's version, and whether it is new."""
    return stocking.set_product(document, deps)
