"""The ports of notifications on AWS."""

from notifications.adapters.channels import (
    IotTopics,
    SnsTopic,
    SqsPushes,
    SqsWebhooks,
    WebSockets,
)
from notifications.adapters.connections import DynamoConnections
from notifications.adapters.feeds import DynamoFeeds
from notifications.adapters.journal import DynamoJournal

__all__ = [
    "DynamoConnections",
    "DynamoFeeds",
    "DynamoJournal",
    "IotTopics",
    "SnsTopic",
    "SqsPushes",
    "SqsWebhooks",
    "WebSockets",
]
