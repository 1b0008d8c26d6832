"""The receivers of merchant webhooks: where they are, and the secrets that we share with them."""

from collections.abc import Callable, Iterator, Sequence

from pydantic import Field, SecretStr, field_validator
from pydantic_core import PydanticCustomError

from notifications.ports import Document
from shared.events import Contract

LOOPBACK = ("http://127.0.0.1:", "http://localhost:", "http://[::1]:")


class Receiver(Contract):
    """One receiver; as long as there are several secrets, each delivery is signed with all."""

    id: str = Field(pattern="^[a-z0-9][a-z0-9-]{0,31}$")
    url: str = Field(max_length=2000)
    secrets: tuple[SecretStr, ...] = Field(min_length=1, max_length=4)

    @field_validator("url")
    @classmethod
    def _is_safe(cls, url: str) -> str:
        if url.startswith(("https://", *LOOPBACK)):
            return url
        raise PydanticCustomError("not_https", "must begin with https://")


class Configured(Contract):
    """The stage's receivers, as the parameter store keeps them."""

    receivers: tuple[Receiver, ...] = ()


Receivers = Callable[[], Sequence[Receiver]]


class Delivery(Contract):
    """One update on its way to one receiver."""

    receiver: str
    webhook_id: str
    data: Document


def deliveries(
    update_id: str, update: Document, receivers: Sequence[Receiver]
) -> Iterator[Document]:
    """Answers what is queued of an update: a delivery for each receiver."""
    for receiver in receivers:
        delivery = Delivery(receiver=receiver.id, webhook_id=f"msg_{update_id}", data=update)
        yield delivery.model_dump(mode="json")
