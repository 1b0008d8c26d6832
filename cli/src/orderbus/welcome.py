"""The block that `orderbus up` prints when everything is up."""

import json
import uuid
from pathlib import Path

CHECKOUT = {
    "lines": [{"sku": "TEA-EARL-GREY", "quantity": 2}],
    "expected_total": {"amount": 2500, "currency": "EUR"},
    "payment_method": "pm_sandbox_approve",
}


def welcome(api_url: str, storefront_url: str, endpoint_url: str, state: Path) -> str:
    """Answers what a newcomer needs next: addresses, a checkout to paste, how to stop."""
    return f"""
Orderbus is up.

  Shop        {storefront_url}
  Operations  {storefront_url}operations.html  (every event as it happens; make things fail)
  API         {api_url}
  AWS         {endpoint_url}  (every AWS API, as the root user test/test, us-east-1)
  Data        {state}  (make clean forgets them)

Place an order:

curl -sS '{api_url}/orders' \\
  -H 'Content-Type: application/json' -H 'Idempotency-Key: {uuid.uuid4()}' \\
  -d '{json.dumps(CHECKOUT)}'

Follow it with what it answered (status, then each segment):

curl -sS '{api_url}/orders/<transaction_id>' -H 'Authorization: Bearer <tracking_token>'
curl -sS '{api_url}/orders/<transaction_id>/updates' -H 'Authorization: Bearer <tracking_token>'

Ctrl-C stops it; make run finds the orders again.
"""
