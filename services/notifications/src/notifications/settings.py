"""What the template tells every function of notifications."""

from pydantic import Field, Json

from shared import settings
from shared.identity import Identity


class Settings(settings.Settings):
    """The environment of notifications."""

    journal_table: str
    inbox_queue_url: str
    inbox_dead_letter_url: str
    journal_days: int = Field(ge=1)
    view_days: int = Field(ge=1)
    connections_table: str
    feeds_table: str
    pushes_queue_url: str
    mqtt_url: str


class OnDeadLettersSettings(Settings):
    """What the reader of the dead letters is told beside."""

    dead_letters_table: str


class OnFrameSettings(Settings):
    """What the function of the WebSocket's frames is told beside."""

    tracking_public_keys_parameter: str
    identity: Json[Identity]


class OnPushesSettings(Settings):
    """What the function of the pushes is told beside."""

    websocket_endpoint: str
    topic_arn: str
    webhooks_queue_url: str
    webhooks_parameter: str


class OnWebhooksSettings(Settings):
    """What the function that delivers webhooks is told beside."""

    webhooks_queue_url: str
    webhooks_parameter: str


class OpenMqttSettings(Settings):
    """What the function that opens MQTT sessions is told beside."""

    mqtt_role_arn: str
    iot_arn_prefix: str


class SweepSettings(Settings):
    """What the sweep is told beside."""

    websocket_endpoint: str
