"""Makes the AsyncAPI document of what notifications says of its channels.

https://www.asyncapi.com/docs/reference/specification/v3.0.0
"""

import json
from collections.abc import Iterable, Iterator, Mapping
from functools import cache
from importlib.metadata import version
from pathlib import Path
from typing import Any

from pydantic import BaseModel
from pydantic.json_schema import JsonSchemaMode, models_json_schema

from documents.wiring import ASYNCAPI
from notifications.channels import PART
from orderbus import components
from shared.async_api import Channel, Message, Operation, Server

_ABOUT = """An order, told as it happens: every channel carries the same document, the update.

Each update is all that was known of the order at its `sequence`: receivers may mix the channels,
miss some updates (`from_sequence` says what is taken as known), get one twice or late, and drop
what is not newer than what they have. The update alone is a JSON Schema at
`order-update.schema.json`, the HTTP API is described by `openapi.json`, both beside this document.
Receivers ignore members that they don't know."""


def text() -> str:
    """Answers the document as it is committed."""
    return json.dumps(document(), indent=2) + "\n"


def write(path: Path = ASYNCAPI) -> None:
    """Writes the document to where its function ships it."""
    path.write_text(text())


def document() -> dict[str, Any]:
    """Answers the whole document."""
    return {
        "asyncapi": "3.0.0",
        "info": {"title": "Orderbus", "version": version("orderbus"), "description": _ABOUT},
        "defaultContentType": "application/json",
        "servers": {server.name: _server(server) for server in _servers()},
        "channels": {channel.name: _channel(channel) for channel in _channels()},
        "operations": {operation.name: _operation(operation) for operation in PART.operations},
        "components": {
            "messages": {message.name: _message(message) for message in _messages()},
            "schemas": _generated()[1],
            "securitySchemes": PART.security,
        },
    }


def _channels() -> Iterable[Channel]:
    return {operation.channel.name: operation.channel for operation in PART.operations}.values()


def _servers() -> Iterator[Server]:
    return (channel.server for channel in _channels())


def _messages() -> Iterator[Message]:
    return (message for channel in _channels() for message in channel.messages)


def _server(server: Server) -> dict[str, Any]:
    described: dict[str, Any] = {"host": server.host}
    if server.path is not None:
        described["pathname"] = server.path
    described["protocol"] = server.protocol
    if server.protocol_version is not None:
        described["protocolVersion"] = server.protocol_version
    described["description"] = server.description
    described["variables"] = _named(server.variables)
    return described | _secured(server.security)


def _channel(channel: Channel) -> dict[str, Any]:
    described: dict[str, Any] = {
        "address": channel.address,
        "description": channel.description,
        "servers": [_to("servers", channel.server.name)],
        "messages": {m.name: _to("components/messages", m.name) for m in channel.messages},
    }
    if channel.parameters:
        described["parameters"] = _named(channel.parameters)
    return described | _bound(channel.bindings)


def _operation(operation: Operation) -> dict[str, Any]:
    channel = operation.channel.name
    described: dict[str, Any] = {
        "action": operation.action,
        "channel": _to("channels", channel),
        "summary": operation.summary,
        "messages": [_to(f"channels/{channel}/messages", m.name) for m in operation.messages],
    }
    if operation.replies:
        replies = [_to(f"channels/{channel}/messages", m.name) for m in operation.replies]
        described["reply"] = {"channel": _to("channels", channel), "messages": replies}
    return described | _secured(operation.security) | _bound(operation.bindings)


def _message(message: Message) -> dict[str, Any]:
    described: dict[str, Any] = {
        "name": message.name,
        "title": message.payload.__name__,
        "summary": message.summary,
        "payload": _schema(message.payload, _mode(message)),
    }
    headers: dict[str, Any] = {}
    if message.headers is not None:
        described["headers"] = _schema(message.headers, _mode(message))
        headers = {"headers": message.example_headers}
    described["examples"] = [
        {"name": name, **headers, "payload": payload} for name, payload in message.examples.items()
    ]
    return described


def _to(where: str, name: str) -> dict[str, str]:
    return {"$ref": f"#/{where}/{name}"}


def _named(parts: Mapping[str, str]) -> dict[str, Any]:
    return {name: {"description": description} for name, description in parts.items()}


def _secured(scheme: str | None) -> dict[str, Any]:
    return {} if scheme is None else {"security": [_to("components/securitySchemes", scheme)]}


def _bound(bindings: Mapping[str, Any]) -> dict[str, Any]:
    return {"bindings": bindings} if bindings else {}


def _mode(message: Message) -> JsonSchemaMode:
    """Answers whether its schema says what Orderbus takes or what it gives."""
    received = {id(m) for o in PART.operations if o.action == "receive" for m in o.messages}
    return "validation" if id(message) in received else "serialization"


def _schema(model: type[BaseModel], mode: JsonSchemaMode) -> dict[str, Any]:
    return dict(_generated()[0][model, mode])


@cache
def _generated() -> tuple[dict[Any, Any], dict[str, Any]]:
    """Answers how to refer to each model, and the schemas of all that they consist of."""
    references, found = models_json_schema(
        list(_models()),
        ref_template=components.REFERENCE + "{model}",
        schema_generator=components.Explained,
    )
    return dict(references), found["$defs"]


def _models() -> Iterator[tuple[type[BaseModel], JsonSchemaMode]]:
    for message in _messages():
        yield message.payload, _mode(message)
        if message.headers is not None:
            yield message.headers, _mode(message)
