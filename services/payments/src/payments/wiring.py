"""Puts payments together: the one place that knows which adapter stands behind which port."""

import secrets
import time
from datetime import timedelta
from functools import cache

from payments import acting, noticing, paying
from payments.adapters import DynamoSwitchboard, payments, sandbox_books
from payments.consumes import CONSUMES
from payments.sandbox import SandboxProvider
from payments.settings import OnDeadLettersSettings, Settings
from shared.bus import EventBridgeBus
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
def _bus() -> EventBridgeBus:
    return EventBridgeBus(client("events"), _settings().bus_name)


@cache
def switchboard() -> DynamoSwitchboard:
    """Answers the sandbox provider's switches."""
    return DynamoSwitchboard(client("dynamodb"), _settings().sandbox_table)


@cache
def _sandbox() -> SandboxProvider:
    settings = _settings()
    books = sandbox_books(client("dynamodb"), settings.sandbox_table)
    timeout = timedelta(seconds=settings.provider_timeout_seconds)
    return SandboxProvider(
        books,
        switchboard(),
        now,
        time.sleep,
        secrets.token_urlsafe,
        timeout=timeout,
        action_url=settings.sandbox_action_url,
    )


@cache
def _paying() -> paying.Deps:
    return paying.Deps(payments(client("dynamodb"), _settings().payments_table), _sandbox(), now)


@cache
def inbox() -> Inbox[paying.Deps]:
    """Answers what working off the inbox needs."""
    settings = _settings()
    queue = SqsInboxQueue(client("sqs"), settings.inbox_queue_url, settings.inbox_dead_letter_url)
    return Inbox(deps=_paying(), bus=_bus(), queue=queue, consumes=CONSUMES)


@cache
def bank() -> acting.Deps:
    """Answers what acting for a shopper at the sandbox's bank needs."""
    return acting.Deps(_paying(), _sandbox(), _bus())


@cache
def webhook() -> noticing.Deps:
    """Answers what taking the provider's notices needs."""
    secret = CachedParameter(client("ssm"), _settings().webhook_secret_parameter, now)
    return noticing.Deps(bank(), secret, now)


@cache
def dead_letters() -> DeadLetterQueues:
    """Answers what reading the dead letters needs."""
    settings = load(OnDeadLettersSettings)
    records = parked(client("dynamodb"), settings.dead_letters_table)
    parking = Parking("payments", records, now)
    return DeadLetterQueues(parking, _bus(), settings.inbox_dead_letter_url)
