"""SNS: topics that remember what was published to them; nobody subscribes here.

https://docs.aws.amazon.com/sns/latest/api/API_Publish.html
https://docs.aws.amazon.com/sns/latest/dg/sns-message-attributes.html
"""

import json
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from simulator.aws.errors import AwsError, UnsupportedError, only

LARGEST_MESSAGE = 256 * 1024
_NAME = re.compile(r"(?!aws\.|amazon\.|\.)(?!.*\.\.)[a-z0-9_.-]{1,256}(?<!\.)", re.IGNORECASE)


@dataclass(frozen=True)
class Published:
    """One message of a topic."""

    id: str
    message: str
    attributes: Mapping[str, Any]
    """By name, the text of a String or the list of a String.Array."""
    at: float


class Sns:
    """The topics of one account, by their ARN."""

    def __init__(self, now: Callable[[], float]) -> None:
        self.topics: dict[str, list[Published]] = {}
        self._now = now
        self._published = 0

    def publish(self, parameters: dict[str, Any]) -> dict[str, Any]:
        """Publish."""
        only(parameters, "TopicArn", "Message", "MessageAttributes")
        message, attributes = parameters["Message"], parameters.get("MessageAttributes", {})
        if not message:
            raise AwsError("InvalidParameter", "Invalid parameter: Empty message")
        read = {name: _value(name, attribute) for name, attribute in attributes.items()}
        if _size(message, attributes) > LARGEST_MESSAGE:
            raise AwsError("InvalidParameter", "Invalid parameter: Message too long")
        topic = self.topics.get(parameters["TopicArn"])
        if topic is None:
            raise AwsError("NotFound", "Topic does not exist")
        self._published += 1
        identity = f"notification-{self._published:08d}"
        topic.append(Published(identity, message, read, self._now()))
        return {"MessageId": identity}


def _value(name: str, attribute: dict[str, str]) -> Any:  # noqa: ANN401 - a text or a list
    """Answers an attribute's value; refuses what is none."""
    only(attribute, "DataType", "StringValue")
    kind, text = attribute["DataType"], attribute.get("StringValue", "")
    if kind.partition(".")[0] not in {"String", "Number", "Binary"}:
        raise _invalid(f"The message attribute '{name}' has an invalid message attribute type")
    if kind not in {"String", "String.Array"}:
        raise UnsupportedError(f"message attributes of the type {kind}")
    if not text:
        raise _invalid(f"The message attribute '{name}' must contain a non-empty value")
    if _NAME.fullmatch(name) is None:
        raise _invalid(f"The message attribute name '{name}' is invalid")
    return text if kind == "String" else _array(name, text)


def _array(name: str, text: str) -> list[Any]:
    try:
        value = json.loads(text)
    except ValueError:
        value = None
    if not isinstance(value, list) or any(isinstance(part, list | dict) for part in value):
        raise _invalid(f"The message attribute '{name}' is no array of texts, numbers, true, false")
    return value


def _size(message: str, attributes: Mapping[str, Mapping[str, str]]) -> int:
    """Answers how many bytes a message has; all parts of its attributes count."""
    parts = [part for name, value in attributes.items() for part in (name, *value.values())]
    return sum(len(part.encode()) for part in (message, *parts))


def _invalid(message: str) -> AwsError:
    return AwsError("ParameterValueInvalid", message)
