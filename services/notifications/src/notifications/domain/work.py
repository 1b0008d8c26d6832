"""What the pushes' queue carries: what happened that somebody may want to hear of.

Its messages are grouped by the order or product that they are about: what is pushed of one is
pushed by one function at a time, in order, so that no connection ever sees a later state first.
"""

from typing import Annotated, Literal

from pydantic import Field, TypeAdapter

from shared.events import Contract
from shared.events.orders import Sku
from shared.ids import TransactionId


class OrderMoved(Contract):
    """The journal kept an event of an order."""

    kind: Literal["order_moved"] = "order_moved"
    transaction_id: TransactionId
    sequence: int

    @property
    def group(self) -> str:
        """What the message is about."""
        return self.transaction_id

    @property
    def once(self) -> str:
        """Names the message: sent again, it is the same."""
        return f"{self.transaction_id}:{self.sequence}"


class OrderFollowed(Contract):
    """A connection began to follow an order, and has what came until `after`."""

    kind: Literal["order_followed"] = "order_followed"
    transaction_id: TransactionId
    connection_id: str
    after: int
    frame_id: str

    @property
    def group(self) -> str:
        """What the message is about."""
        return self.transaction_id

    @property
    def once(self) -> str:
        """Names the message: sent again, it is the same."""
        return self.frame_id


class ProductMoved(Contract):
    """A product has a new version; `turned`: it came into stock or went out of it by that."""

    kind: Literal["product_moved"] = "product_moved"
    sku: Sku
    version: int
    turned: bool

    @property
    def group(self) -> str:
        """What the message is about."""
        return f"product#{self.sku}"

    @property
    def once(self) -> str:
        """Names the message: sent again, it is the same."""
        return f"{self.sku}:{self.version}"


class ProductFollowed(Contract):
    """A connection began to follow a product."""

    kind: Literal["product_followed"] = "product_followed"
    sku: Sku
    connection_id: str
    frame_id: str

    @property
    def group(self) -> str:
        """What the message is about."""
        return f"product#{self.sku}"

    @property
    def once(self) -> str:
        """Names the message: sent again, it is the same."""
        return self.frame_id


Work = OrderMoved | OrderFollowed | ProductMoved | ProductFollowed

_work: TypeAdapter[Work] = TypeAdapter(Annotated[Work, Field(discriminator="kind")])


def parse(body: str) -> Work:
    """Answers a message of the queue; raises pydantic's ValidationError for what is none."""
    return _work.validate_json(body)
