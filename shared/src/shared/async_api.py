"""The words in which a service describes the channels by which it tells and is told.

Only the tools and the tests read these descriptions: `orderbus schemas` makes the AsyncAPI document
of them (https://www.asyncapi.com/docs/reference/specification/v3.0.0), which is what ships. No
function imports them when it runs.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

from pydantic import BaseModel

from shared.api import Schema

Bindings = Mapping[str, Mapping[str, Any]]
"""What only one protocol has, by the protocol's name (https://github.com/asyncapi/bindings)."""


@dataclass(frozen=True)
class Server:
    """Where messages go through; `{names}` in its host and path are its variables."""

    name: str
    host: str
    protocol: str
    description: str
    variables: Mapping[str, str] = field(default_factory=dict)
    """What each variable stands for."""
    path: str | None = None
    protocol_version: str | None = None
    security: str | None = None


@dataclass(frozen=True, eq=False)
class Message:
    """One kind of message: the model of what it says, and of the headers beside it."""

    name: str
    summary: str
    payload: type[BaseModel]
    examples: Mapping[str, object]
    headers: type[BaseModel] | None = None
    example_headers: Mapping[str, object] = field(default_factory=dict)


@dataclass(frozen=True, eq=False)
class Channel:
    """One way on which messages go, in one or both directions."""

    name: str
    address: str | None
    """None: who is told says where."""
    description: str
    server: Server
    messages: tuple[Message, ...]
    parameters: Mapping[str, str] = field(default_factory=dict)
    """What each `{name}` in the address stands for."""
    bindings: Bindings = field(default_factory=dict)


@dataclass(frozen=True, eq=False)
class Operation:
    """What Orderbus does on a channel: it sends messages, or receives and perhaps answers them."""

    name: str
    action: Literal["send", "receive"]
    channel: Channel
    messages: tuple[Message, ...]
    summary: str
    replies: tuple[Message, ...] = ()
    security: str | None = None
    bindings: Bindings = field(default_factory=dict)


@dataclass(frozen=True, eq=False)
class Part:
    """One service's channels."""

    operations: tuple[Operation, ...]
    security: Mapping[str, Schema]
    """Each security scheme by its name."""
