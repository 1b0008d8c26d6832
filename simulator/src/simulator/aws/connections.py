"""API Gateway's management of WebSocket connections: what a function may do with one.

https://docs.aws.amazon.com/apigateway/latest/developerguide/apigateway-how-to-call-websocket-api-connections.html
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from simulator.aws.errors import AwsError, UnsupportedError, only

LARGEST_PAYLOAD = 128 * 1024


@dataclass
class Connection:
    """One connection, as the gateway has it; `hear` is the client's end."""

    id: str
    source_ip: str
    opened_at: float
    hear: Callable[[str], None]
    is_open: bool = True
    is_broken: bool = False
    """Whether the client is gone and the gateway has not noticed: what it is sent is lost."""

    @property
    def is_alive(self) -> bool:
        """Whether what is sent arrives."""
        return self.is_open and not self.is_broken


class Connections:
    """The connections of one account; `closed` hears of each that a function closes."""

    def __init__(self) -> None:
        self.by_id: dict[str, Connection] = {}
        self.closed: Callable[[Connection], None] = lambda _connection: None

    def post_to_connection(self, parameters: dict[str, Any]) -> dict[str, Any]:
        """PostToConnection."""
        only(parameters, "ConnectionId", "Data")
        connection, data = self._open(parameters), parameters["Data"]
        if not isinstance(data, bytes | str):
            raise UnsupportedError(f"data of {type(data)}")
        text = data if isinstance(data, str) else data.decode()
        if len(text.encode()) > LARGEST_PAYLOAD:
            raise AwsError("PayloadTooLargeException", "Message too long")
        if not connection.is_broken:
            connection.hear(text)
        return {}

    def delete_connection(self, parameters: dict[str, Any]) -> dict[str, Any]:
        """DeleteConnection."""
        only(parameters, "ConnectionId")
        connection = self._open(parameters)
        connection.is_open = False
        self.closed(connection)
        return {}

    def _open(self, parameters: dict[str, Any]) -> Connection:
        connection = self.by_id.get(parameters["ConnectionId"])
        if connection is None or not connection.is_open:
            raise AwsError("GoneException", "")
        return connection
