"""What the examples of the messages are made of."""

from shared.api import TRANSACTION

ID = str(TRANSACTION.example)
EVENT = "4f0f3bb2-0d52-5a0c-8f3e-0a0b7f1f6c11"
AT = "2026-11-23T12:00:01Z"
TOKEN = "eyJhbGciOiJFZERTQSIsImtpZCI6IjEifQ.e30.c2ln"  # noqa: S105 - an example that opens nothing
SKU = "TEA-EARL-GREY"
UPDATE: dict[str, object] = {
    "transaction_id": ID,
    "from_sequence": 2,
    "sequence": 3,
    "status": "PENDING",
    "segments": {
        "order": {"state": "placed", "at": "2026-11-23T12:00:00Z"},
        "inventory": {"state": "reserved", "at": AT},
        "payments": {"state": "pending"},
    },
    "failures": [],
    "final": False,
}
"""An order whose payment is under way."""
DECLINED = {
    "segment": "payments",
    "code": "card_declined",
    "message": "The card was declined.",
    "retryable": True,
    "suggested_action": "other_payment_method",
    "shortages": [],
}
REJECTED: dict[str, object] = {
    **UPDATE,
    "from_sequence": 3,
    "sequence": 6,
    "status": "REJECTED",
    "segments": {
        "order": {"state": "rejected", "at": AT},
        "inventory": {"state": "released", "at": AT},
        "payments": {"state": "declined", "at": AT, "failure": DECLINED},
    },
    "failures": [DECLINED],
    "final": True,
}
"""An order that came to nothing."""
PRODUCT = {
    "sku": SKU,
    "version": 4,
    "name": "Earl Grey",
    "unit_price": {"amount": 1250, "currency": "EUR"},
    "available_at_most": None,
    "in_stock": True,
}
HAPPENED = {
    "transaction_id": ID,
    "sequence": 1,
    "source": "orderbus.orders",
    "detail_type": "OrderPlaced",
    "event_id": EVENT,
    "causation_id": "checkout",
    "occurred_at": AT,
    "status": "PENDING",
}
