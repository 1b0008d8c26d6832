"""What the template tells every function of notifications."""

from pydantic import Field

from shared import settings


class Settings(settings.Settings):
    """The environment of notifications."""

    journal_table: str
    inbox_queue_url: str
    inbox_dead_letter_url: str
    journal_days: int = Field(ge=1)


class OnDeadLettersSettings(Settings):
    """What the reader of the dead letters is told beside."""

    dead_letters_table: str
