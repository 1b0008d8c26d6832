"""What the template tells every function of inventory."""

from pydantic import Field

from shared import settings


class Settings(settings.Settings):
    """The environment of inventory."""

    products_table: str
    reservations_table: str
    inbox_queue_url: str
    inbox_dead_letter_url: str
    reservation_seconds: int = Field(ge=60)


class OnDeadLettersSettings(Settings):
    """What the reader of the dead letters is told beside."""

    dead_letters_table: str
