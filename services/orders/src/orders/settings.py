"""What the template tells every function of orders."""

from pydantic import Field, Json, field_validator

from shared import settings
from shared.identity import Identity


class Settings(settings.Settings):
    """The environment of orders."""

    orders_table: str
    catalogue_table: str
    inbox_queue_url: str
    inbox_dead_letter_url: str
    tracking_key_parameter: str
    api_url: str
    websocket_url: str
    order_deadline_seconds: int = Field(ge=60)
    required_segments: tuple[str, ...] = Field(min_length=1)

    @field_validator("required_segments", mode="before")
    @classmethod
    def _listed(cls, value: object) -> object:
        return tuple(value.split(",")) if isinstance(value, str) else value


class CheckoutSettings(Settings):
    """What the checkout is told beside: whose tokens say who a shopper is."""

    identity: Json[Identity]


class OnDeadLettersSettings(Settings):
    """What the reader of the dead letters is told beside."""

    dead_letters_table: str
