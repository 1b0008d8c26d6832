"""An order as its shopper sees it."""

from orders.domain.order import Order
from shared.ids import TransactionId


def links(api_url: str, transaction_id: TransactionId) -> dict[str, str]:
    """Answers where an order is read, followed and called off."""
    order = f"{api_url}/orders/{transaction_id}"
    return {"self": order, "updates": f"{order}/updates", "cancel": f"{order}/cancel"}


def representation(order: Order, api_url: str) -> dict[str, object]:
    """Answers the order without what is nobody's business (its payment method, its address)."""
    return {
        "transaction_id": order.transaction_id,
        "status": order.status,
        "settled": order.settled,
        "lines": [line.model_dump(mode="json") for line in order.lines],
        "total": order.total.model_dump(mode="json"),
        "placed_at": order.placed_at.isoformat(),
        "failures": [failure.model_dump(mode="json") for failure in order.failures],
        "links": links(api_url, order.transaction_id),
    }
