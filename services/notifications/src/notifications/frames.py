"""The frames that a WebSocket connection gets."""

import json

from notifications.domain.product import Product
from notifications.domain.update import Update
from notifications.ports import Document

LARGEST_FRAME = 32 * 1024
"""Bytes; API Gateway would split what is larger.

https://docs.aws.amazon.com/apigateway/latest/developerguide/apigateway-execution-service-websocket-limits-table.html
"""


def document(update: Update) -> Document:
    """Answers the update as every channel carries it."""
    return update.model_dump(mode="json", exclude_none=True)


def update_frame(update: Update) -> Document:
    """Answers the frame of an update; of one that no frame holds, that it can be fetched."""
    frame = {"type": "update", "update": document(update)}
    if len(json.dumps(frame, separators=(",", ":"))) <= LARGEST_FRAME:
        return frame
    return {
        "type": "changed",
        "transaction_id": update.transaction_id,
        "sequence": update.sequence,
    }


def product_frame(product: Product) -> Document:
    """Answers the frame of a product."""
    return {"type": "product", "product": product.model_dump(mode="json")}


def error_frame(code: str, detail: str, **about: str) -> Document:
    """Answers the frame of what can't be done, about an order, a product or nothing."""
    return {"type": "error", "code": code, "detail": detail, **about}
