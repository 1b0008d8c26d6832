"""WebSocket connections as the services see them: a frame that came in."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class Frame:
    """One event of a connection: it was opened, closed, or said something."""

    id: str
    """Unique to this frame."""
    connection_id: str
    source_ip: str
    body: str = ""


def frame_of(event: Mapping[str, Any]) -> Frame:
    """Answers the frame in an event of API Gateway's WebSocket API.

    https://docs.aws.amazon.com/apigateway/latest/developerguide/apigateway-websocket-api-mapping-template-reference.html
    """
    context = event["requestContext"]
    return Frame(
        id=str(context.get("messageId") or context["requestId"]),
        connection_id=str(context["connectionId"]),
        source_ip=str(context.get("identity", {}).get("sourceIp", "")),
        body=str(event.get("body") or ""),
    )
