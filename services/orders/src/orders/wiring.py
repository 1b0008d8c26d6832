"""Puts orders together: the one place that knows which adapter stands behind which port."""

from datetime import timedelta
from functools import cache

from orders import cancelling, checking_out, joining, reading, sweeping
from orders.adapters import DynamoCatalogue, DynamoOrders, KeySigner
from orders.consumes import CONSUMES
from orders.representing import Addresses
from orders.settings import CheckoutSettings, OnDeadLettersSettings, Settings
from shared.bus import EventBridgeBus
from shared.callers import signed_in
from shared.clients import client
from shared.clock import now
from shared.dead_letter_queues import DeadLetterQueues
from shared.dead_letters import Parking, parked
from shared.inbox import Inbox
from shared.parameters import CachedParameter
from shared.queues import SqsInboxQueue
from shared.settings import load


@cache
def _settings() -> Settings:
    return load(Settings)


@cache
def _addresses() -> Addresses:
    return Addresses(_settings().api_url, _settings().websocket_url)


@cache
def _orders() -> DynamoOrders:
    return DynamoOrders(client("dynamodb"), _settings().orders_table)


@cache
def _catalogue() -> DynamoCatalogue:
    return DynamoCatalogue(client("dynamodb"), _settings().catalogue_table)


@cache
def _bus() -> EventBridgeBus:
    return EventBridgeBus(client("events"), _settings().bus_name)


@cache
def checkout() -> checking_out.Deps:
    """Answers what the checkout function needs."""
    settings = load(CheckoutSettings)
    return checking_out.Deps(
        orders=_orders(),
        catalogue=_catalogue(),
        signer=KeySigner(CachedParameter(client("ssm"), settings.tracking_key_parameter, now)),
        sign_in=signed_in(settings.identity, now),
        bus=_bus(),
        now=now,
        addresses=_addresses(),
        deadline_in=timedelta(seconds=settings.order_deadline_seconds),
        required_segments=settings.required_segments,
    )


@cache
def get_order() -> reading.Deps:
    """Answers what reading an order needs."""
    return reading.Deps(_orders(), _addresses())


@cache
def cancel_order() -> cancelling.Deps:
    """Answers what calling an order off needs."""
    return cancelling.Deps(_orders(), _bus(), now, _addresses())


@cache
def inbox() -> Inbox[joining.Deps]:
    """Answers what working off the inbox needs."""
    settings = _settings()
    return Inbox(
        deps=joining.Deps(_orders(), _catalogue(), now),
        bus=_bus(),
        queue=SqsInboxQueue(
            client("sqs"), settings.inbox_queue_url, settings.inbox_dead_letter_url
        ),
        consumes=CONSUMES,
    )


@cache
def sweep() -> tuple[EventBridgeBus, sweeping.Deps]:
    """Answers what the sweep needs, and where it publishes."""
    return _bus(), sweeping.Deps(_orders(), _bus(), now)


@cache
def dead_letters() -> DeadLetterQueues:
    """Answers what reading the dead letters needs."""
    settings = load(OnDeadLettersSettings)
    records = parked(client("dynamodb"), settings.dead_letters_table)
    parking = Parking("orders", records, now)
    return DeadLetterQueues(parking, _bus(), settings.inbox_dead_letter_url)
