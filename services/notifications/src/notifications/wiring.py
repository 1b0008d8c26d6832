"""Puts notifications together: the one place that knows which adapter stands behind which port."""

from datetime import timedelta
from functools import cache

from notifications.adapters import DynamoJournal
from notifications.consumes import CONSUMES
from notifications.ports import Journal
from notifications.settings import OnDeadLettersSettings, Settings
from shared.bus import EventBridgeBus
from shared.clients import client
from shared.clock import now
from shared.dead_letter_queues import DeadLetterQueues
from shared.dead_letters import Parking, parked
from shared.inbox import Inbox
from shared.queues import SqsInboxQueue
from shared.settings import load


@cache
def _settings() -> Settings:
    return load(Settings)


@cache
def journal() -> Journal:
    """Answers the journal."""
    settings = _settings()
    days = timedelta(days=settings.journal_days)
    return DynamoJournal(client("dynamodb"), settings.journal_table, now, keeps_for=days)


@cache
def _bus() -> EventBridgeBus:
    return EventBridgeBus(client("events"), _settings().bus_name)


@cache
def inbox() -> Inbox[Journal]:
    """Answers what working off the inbox needs."""
    settings = _settings()
    return Inbox(
        deps=journal(),
        bus=_bus(),
        queue=SqsInboxQueue(
            client("sqs"), settings.inbox_queue_url, settings.inbox_dead_letter_url
        ),
        consumes=CONSUMES,
    )


@cache
def dead_letters() -> DeadLetterQueues:
    """Answers what reading the dead letters needs."""
    settings = load(OnDeadLettersSettings)
    records = parked(client("dynamodb"), settings.dead_letters_table)
    parking = Parking("notifications", records, now)
    return DeadLetterQueues(parking, _bus(), settings.inbox_dead_letter_url)
