"""Puts inventory together: the one place that knows which adapter stands behind which port."""

from datetime import timedelta
from functools import cache

from inventory import moving, stocking, sweeping
from inventory.adapters import DynamoProducts, DynamoStock
from inventory.consumes import CONSUMES
from inventory.settings import OnDeadLettersSettings, Settings
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
def products() -> DynamoProducts:
    """Answers where products are kept."""
    return DynamoProducts(client("dynamodb"), _settings().products_table)


@cache
def _bus() -> EventBridgeBus:
    return EventBridgeBus(client("events"), _settings().bus_name)


@cache
def _moving() -> moving.Deps:
    settings = _settings()
    stock = DynamoStock(client("dynamodb"), settings.reservations_table, settings.products_table)
    return moving.Deps(stock, products(), now, timedelta(seconds=settings.reservation_seconds))


@cache
def inbox() -> Inbox[moving.Deps]:
    """Answers what working off the inbox needs."""
    settings = _settings()
    queue = SqsInboxQueue(client("sqs"), settings.inbox_queue_url, settings.inbox_dead_letter_url)
    return Inbox(deps=_moving(), bus=_bus(), queue=queue, consumes=CONSUMES)


@cache
def sweep() -> tuple[EventBridgeBus, sweeping.Deps]:
    """Answers what the sweep needs, and where it publishes."""
    return _bus(), sweeping.Deps(_moving(), _bus())


@cache
def set_product() -> stocking.Deps:
    """Answers what changing a product needs."""
    return stocking.Deps(products(), _bus(), now)


@cache
def dead_letters() -> DeadLetterQueues:
    """Answers what reading the dead letters needs."""
    settings = load(OnDeadLettersSettings)
    records = parked(client("dynamodb"), settings.dead_letters_table)
    parking = Parking("inventory", records, now)
    return DeadLetterQueues(parking, _bus(), settings.inbox_dead_letter_url)
