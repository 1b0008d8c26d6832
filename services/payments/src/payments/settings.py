"""What the template tells every function of payments."""

from typing import Literal

from pydantic import Field

from shared import settings


class Settings(settings.Settings):
    """The environment of payments."""

    payments_table: str
    sandbox_table: str
    inbox_queue_url: str
    inbox_dead_letter_url: str
    provider: Literal["sandbox"]
    provider_timeout_seconds: float = Field(gt=0, le=10)
    webhook_secret_parameter: str
    sandbox_action_url: str


class OnDeadLettersSettings(Settings):
    """What the reader of the dead letters is told beside."""

    dead_letters_table: str
