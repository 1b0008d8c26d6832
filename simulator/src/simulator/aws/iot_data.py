"""IoT Core's message broker: topics that keep their last retained message.

https://docs.aws.amazon.com/iot/latest/apireference/API_iotdata_Publish.html
https://docs.aws.amazon.com/general/latest/gr/iot-core.html#message-broker-limits
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from simulator.aws.errors import AwsError, UnsupportedError, only

LARGEST_PAYLOAD = 128 * 1024
LONGEST_TOPIC = 256
MOST_SLASHES = 7


@dataclass(frozen=True)
class Retained:
    """What a topic keeps for later subscribers."""

    payload: bytes
    at: float


class IotData:
    """The topics of one account."""

    def __init__(self, now: Callable[[], float]) -> None:
        self.retained: dict[str, Retained] = {}
        self.published = 0
        """How many messages there were."""
        self._now = now

    def publish(self, parameters: dict[str, Any]) -> dict[str, Any]:
        """Publish; a retained message without a payload ends the topic's memory."""
        only(parameters, "topic", "qos", "retain", "payload", "contentType")
        topic, payload = parameters["topic"], _bytes(parameters.get("payload", b""))
        _check_topic(topic)
        if parameters.get("qos", 0) not in {0, 1}:
            raise _invalid("qos is 0 or 1")
        if len(payload) > LARGEST_PAYLOAD:
            raise _invalid("the payload is larger than 128 KB")
        self.published += 1
        if parameters.get("retain", False):
            self._retain(topic, payload)
        return {}

    def _retain(self, topic: str, payload: bytes) -> None:
        if payload:
            self.retained[topic] = Retained(payload, self._now())
        else:
            self.retained.pop(topic, None)

    def get_retained_message(self, parameters: dict[str, Any]) -> dict[str, Any]:
        """GetRetainedMessage."""
        only(parameters, "topic")
        kept = self.retained.get(parameters["topic"])
        if kept is None:
            raise AwsError("ResourceNotFoundException", "no retained message")
        return {"topic": parameters["topic"], "payload": kept.payload}


def _check_topic(topic: str) -> None:
    if not 0 < len(topic.encode()) <= LONGEST_TOPIC or topic.count("/") > MOST_SLASHES:
        raise _invalid("a topic has 1 to 256 bytes and at most seven slashes")
    if topic.startswith("$"):
        raise UnsupportedError(f"the reserved topic {topic}")
    if set(topic) & {"#", "+", "\0"}:
        raise _invalid("nobody publishes to a wildcard")


def _bytes(payload: bytes | str) -> bytes:
    if not isinstance(payload, bytes | str):
        raise UnsupportedError(f"a payload of {type(payload)}")
    return payload.encode() if isinstance(payload, str) else payload


def _invalid(message: str) -> AwsError:
    return AwsError("InvalidRequestException", message)
