"""The queues that start functions: paused before a stop, resumed after a start."""

import time
from typing import TYPE_CHECKING

from local_stack.aws import Aws

if TYPE_CHECKING:
    from mypy_boto3_lambda.type_defs import EventSourceMappingConfigurationTypeDef

POLL_SECONDS = 0.05


def pause(aws: Aws) -> None:
    """Lets no queue start another function."""
    for mapping in _mappings(aws):
        aws.functions.update_event_source_mapping(UUID=mapping["UUID"], Enabled=False)


def resume(aws: Aws) -> None:
    """Lets the queues start their functions, whatever an earlier stop left."""
    for mapping in _mappings(aws):
        aws.functions.update_event_source_mapping(UUID=mapping["UUID"], Enabled=True)


def wait_until_idle(aws: Aws, seconds: float) -> bool:
    """Waits until no function holds a message, at most so long; says whether that came about."""
    queues = {mapping["EventSourceArn"].rsplit(":", 1)[1] for mapping in _mappings(aws)}
    urls = [aws.sqs.get_queue_url(QueueName=name)["QueueUrl"] for name in queues]
    deadline = time.monotonic() + seconds
    while any(_held(aws, url) for url in urls):
        if time.monotonic() > deadline:
            return False
        time.sleep(POLL_SECONDS)
    return True


def _mappings(aws: Aws) -> "list[EventSourceMappingConfigurationTypeDef]":
    pages = aws.functions.get_paginator("list_event_source_mappings").paginate()
    return [mapping for page in pages for mapping in page["EventSourceMappings"]]


def _held(aws: Aws, url: str) -> int:
    """Answers how many messages a function has received and not yet done with."""
    answer = aws.sqs.get_queue_attributes(
        QueueUrl=url, AttributeNames=["ApproximateNumberOfMessagesNotVisible"]
    )
    return int(answer["Attributes"]["ApproximateNumberOfMessagesNotVisible"])
