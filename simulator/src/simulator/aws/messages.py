"""What SQS checks of a message, and of a batch of them, before it takes it.

https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/API_SendMessage.html
https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/API_SendMessageBatch.html
"""

import re
from typing import Any

from simulator.aws.errors import AwsError, UnsupportedError, only
from simulator.aws.queues import FifoQueue, Queue

LARGEST_MESSAGE = 1024 * 1024
LONGEST_DELAY = 900
MOST_ATTRIBUTES = 10
MOST_ENTRIES = 10
_REFUSED = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
_FIFO_ID = re.compile(r"[!-~]{1,128}")
_ENTRY_ID = re.compile(r"[\w-]{1,80}", re.ASCII)


def check_message(queue: Queue, parameters: dict[str, Any]) -> None:
    """Refuses a message that SQS refuses."""
    body = parameters["MessageBody"]
    if not body:
        raise AwsError("MissingParameter", "The request must contain the parameter MessageBody")
    _check_attributes(parameters.get("MessageAttributes", {}))
    if _size(parameters) > LARGEST_MESSAGE:
        raise _invalid("One or more parameters are invalid: more than 1048576 bytes.")
    _check_characters(body)
    seconds = parameters.get("DelaySeconds", 0)
    if not 0 <= seconds <= LONGEST_DELAY or (seconds and isinstance(queue, FifoQueue)):
        raise _invalid(f"Value {seconds} for parameter DelaySeconds is invalid.")
    _check_group(queue, parameters)


def _size(parameters: dict[str, Any]) -> int:
    """Answers how many bytes a message has; its attributes count."""
    attributes = parameters.get("MessageAttributes", {})
    texts = [
        text
        for name, value in attributes.items()
        for text in (name, value["DataType"], value.get("StringValue", ""))
    ]
    return sum(len(text.encode()) for text in (parameters["MessageBody"], *texts))


def _check_group(queue: Queue, parameters: dict[str, Any]) -> None:
    group, once = parameters.get("MessageGroupId"), parameters.get("MessageDeduplicationId")
    if not isinstance(queue, FifoQueue):
        if once is not None:
            raise _invalid("MessageDeduplicationId is not valid for this queue type")
        if group is not None:
            raise UnsupportedError("a group of a standard queue")
        return
    if not group:
        raise AwsError("MissingParameter", "The request must contain the parameter MessageGroupId.")
    if not once and not queue.by_content:
        raise _invalid("The queue should either have ContentBasedDeduplication enabled or an id")
    if any(_FIFO_ID.fullmatch(text) is None for text in (group, once or "-")):
        raise _invalid("An id has 1 to 128 alphanumeric and punctuation characters")


def check_batch(entries: list[dict[str, Any]]) -> None:
    """Refuses a batch whose entries are none, too many, too large or not told apart."""
    ids = [entry["Id"] for entry in entries]
    if not entries:
        raise AwsError("EmptyBatchRequest", "There should be at least one entry in the request.")
    if len(ids) > MOST_ENTRIES:
        raise AwsError("TooManyEntriesInBatchRequest", "Maximum number of entries is 10.")
    if any(_ENTRY_ID.fullmatch(one) is None for one in ids):
        raise AwsError("InvalidBatchEntryId", "A batch entry id has 1 to 80 characters.")
    if len(set(ids)) < len(ids):
        raise AwsError("BatchEntryIdsNotDistinct", "Two or more entries have the same id.")
    size = sum(map(_size, entries))
    if size > LARGEST_MESSAGE:
        raise AwsError("BatchRequestTooLong", f"Batch requests cannot be longer; got {size}.")


def _check_attributes(attributes: dict[str, Any]) -> None:
    if len(attributes) > MOST_ATTRIBUTES:
        raise _invalid(f"Number of message attributes exceeds {MOST_ATTRIBUTES}.")
    for name, value in attributes.items():
        only(value, "DataType", "StringValue")
        if value["DataType"] != "String":
            raise UnsupportedError(f"message attributes of the type {value['DataType']}")
        text = value.get("StringValue", "")
        if not text:
            raise _invalid(f"Message (user) attribute '{name}' must contain a non-empty value.")
        _check_characters(text)


def _check_characters(text: str) -> None:
    if _REFUSED.search(text):
        raise AwsError("InvalidMessageContents", "Invalid characters found.")


def _invalid(message: str) -> AwsError:
    return AwsError("InvalidParameterValue", message)
