"""Puts notifications together: the one place that knows which adapter stands behind which port."""

import time
from collections.abc import Sequence
from datetime import timedelta
from functools import cache

from notifications import (
    delivering,
    following,
    journalling,
    mqtt,
    pushing,
    sweeping,
    updating,
)
from notifications.adapters import (
    DynamoConnections,
    DynamoFeeds,
    DynamoJournal,
    IotTopics,
    SnsTopic,
    SqsPushes,
    SqsWebhooks,
    WebSockets,
)
from notifications.adapters.webhooks import ConfiguredReceivers, HttpPost
from notifications.announcing import Announcing
from notifications.consumes import CONSUMES
from notifications.domain import work
from notifications.followers import Followers
from notifications.posting import Posting
from notifications.receivers import Delivery, Receiver
from notifications.settings import (
    OnDeadLettersSettings,
    OnFrameSettings,
    OnPushesSettings,
    OnWebhooksSettings,
    OpenMqttSettings,
    Settings,
    SweepSettings,
)
from shared.bus import EventBridgeBus
from shared.callers import callers
from shared.clients import client
from shared.clock import now
from shared.dead_letter_queues import DeadLetterQueues
from shared.dead_letters import Parking, parked
from shared.inbox import Inbox
from shared.own_queues import Bench
from shared.parameters import CachedParameter
from shared.queues import SqsInboxQueue, SqsQueue
from shared.settings import load


@cache
def _settings() -> Settings:
    return load(Settings)


@cache
def journal() -> DynamoJournal:
    """Answers the journal."""
    settings = _settings()
    retains_for = timedelta(days=settings.view_days) if settings.mqtt_url else None
    return DynamoJournal(
        client("dynamodb"),
        settings.journal_table,
        now,
        keeps_for=timedelta(days=settings.journal_days),
        retains_for=retains_for,
    )


@cache
def _feeds() -> DynamoFeeds:
    return DynamoFeeds(client("dynamodb"), _settings().feeds_table, now)


@cache
def connections() -> DynamoConnections:
    """Answers the open connections."""
    return DynamoConnections(client("dynamodb"), _settings().connections_table, now)


@cache
def followers() -> Followers:
    """Answers who follows what."""
    return Followers(connections(), journal(), _feeds())


@cache
def _bus() -> EventBridgeBus:
    return EventBridgeBus(client("events"), _settings().bus_name)


@cache
def _pushes() -> SqsPushes:
    return SqsPushes(client("sqs"), _settings().pushes_queue_url)


@cache
def inbox() -> Inbox[journalling.Deps]:
    """Answers what working off the inbox needs."""
    settings = _settings()
    return Inbox(
        deps=journalling.Deps(journal(), _feeds(), _pushes()),
        bus=_bus(),
        queue=SqsInboxQueue(
            client("sqs"), settings.inbox_queue_url, settings.inbox_dead_letter_url
        ),
        consumes=CONSUMES,
    )


@cache
def updates() -> updating.Deps:
    """Answers what reading an order's updates needs."""
    return updating.Deps(journal(), now, time.sleep)


@cache
def frames() -> following.Deps:
    """Answers what taking frames needs."""
    settings = load(OnFrameSettings)
    identify = callers(
        client("ssm"), settings.tracking_public_keys_parameter, settings.identity, now
    )
    return following.Deps(
        callers=identify,
        followers=followers(),
        journal=journal(),
        pushes=_pushes(),
        open_to_loopback=settings.identity.open_to_loopback,
    )


def _sockets(endpoint: str) -> WebSockets:
    return WebSockets(client("apigatewaymanagementapi", endpoint, once=True))


def _retained() -> IotTopics | None:
    settings = _settings()
    return IotTopics(client("iot-data", once=True), settings.stage) if settings.mqtt_url else None


def _receivers(parameter: str) -> ConfiguredReceivers:
    return ConfiguredReceivers(CachedParameter(client("ssm"), parameter, now), now)


@cache
def pushes() -> Bench[work.Work, pushing.Deps]:
    """Answers what working off the pushes needs."""
    settings = load(OnPushesSettings)
    announcing = Announcing(
        topic=SnsTopic(client("sns", once=True), settings.topic_arn),
        retained=_retained(),
        webhooks=SqsWebhooks(client("sqs", once=True), settings.webhooks_queue_url),
        receivers=_receivers(settings.webhooks_parameter),
        now=now,
    )
    posting = Posting(_sockets(settings.websocket_endpoint), followers(), now)
    deps = pushing.Deps(journal(), _feeds(), posting, announcing)
    return Bench(deps, SqsQueue(client("sqs"), settings.pushes_queue_url), work.parse)


@cache
def webhooks() -> Bench[Delivery, delivering.Deps]:
    """Answers what delivering webhooks needs."""
    settings = load(OnWebhooksSettings)

    def newest() -> Sequence[Receiver]:
        return _receivers(settings.webhooks_parameter)()

    deps = delivering.Deps(
        receivers=_receivers(settings.webhooks_parameter),
        newest_receivers=newest,
        post=HttpPost(),
        now=now,
    )
    queue = SqsQueue(client("sqs"), settings.webhooks_queue_url)
    return Bench(deps, queue, Delivery.model_validate_json, delivering.pause_after)


@cache
def open_mqtt() -> mqtt.Deps:
    """Answers what opening MQTT sessions needs."""
    settings = load(OpenMqttSettings)
    broker = mqtt.Broker(
        url=settings.mqtt_url,
        role_arn=settings.mqtt_role_arn,
        arn_prefix=settings.iot_arn_prefix,
        stage=settings.stage,
        sts=client("sts"),
    )
    return mqtt.Deps(journal(), broker, now)


@cache
def sweep() -> tuple[EventBridgeBus, sweeping.Deps]:
    """Answers what the sweep needs, and where it would publish."""
    settings = load(SweepSettings)
    return _bus(), sweeping.Deps(
        connections=connections(),
        followers=followers(),
        sockets=_sockets(settings.websocket_endpoint),
        journal=journal(),
        retained=_retained(),
        now=now,
    )


@cache
def dead_letters() -> DeadLetterQueues:
    """Answers what reading the dead letters needs."""
    settings = load(OnDeadLettersSettings)
    records = parked(client("dynamodb"), settings.dead_letters_table)
    parking = Parking("notifications", records, now)
    return DeadLetterQueues(parking, _bus(), settings.inbox_dead_letter_url)
