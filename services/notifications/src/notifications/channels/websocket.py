"""The WebSocket: every frame in both directions, and what answers what."""

from notifications.channels import examples, models, security
from shared.async_api import Channel, Message, Operation, Server

WEBSOCKET = Server(
    name="websocket",
    host="{host}",
    protocol="wss",
    description="Take the whole address from `links.websocket` of a checkout's answer.",
    variables={"host": "The host of that address."},
)
_ASK = {"action": "subscribe"}
_LEAVE = {"action": "unsubscribe"}
SUBSCRIBE_ORDER = Message(
    "subscribeOrder",
    "Follow an order",
    models.SubscribeOrder,
    {
        "fromTheStart": {**_ASK, "transaction_id": examples.ID, "token": examples.TOKEN},
        "again": {**_ASK, "transaction_id": examples.ID, "token": examples.TOKEN, "after": 3},
    },
)
SUBSCRIBE_PRODUCT = Message(
    "subscribeProduct",
    "Follow a product",
    models.SubscribeProduct,
    {"product": {**_ASK, "product": examples.SKU}},
)
SUBSCRIBE_OPERATIONS = Message(
    "subscribeOperations",
    "Follow everything",
    models.SubscribeOperations,
    {
        "withToken": {**_ASK, "operations": True, "token": examples.TOKEN},
        "onTheMachineItself": {**_ASK, "operations": True},
    },
)
UNSUBSCRIBE_ORDER = Message(
    "unsubscribeOrder",
    "Follow an order no longer",
    models.UnsubscribeOrder,
    {"order": {**_LEAVE, "transaction_id": examples.ID}},
)
UNSUBSCRIBE_PRODUCT = Message(
    "unsubscribeProduct",
    "Follow a product no longer",
    models.UnsubscribeProduct,
    {"product": {**_LEAVE, "product": examples.SKU}},
)
UNSUBSCRIBE_OPERATIONS = Message(
    "unsubscribeOperations",
    "Follow everything no longer",
    models.UnsubscribeOperations,
    {"operations": {**_LEAVE, "operations": True}},
)
PING = Message("ping", "Stay connected", models.Ping, {"ping": {"action": "ping"}})

UPDATED = Message(
    "update",
    "An order as it stands",
    models.UpdateFrame,
    {
        "pending": {"type": "update", "update": examples.UPDATE},
        "rejected": {"type": "update", "update": examples.REJECTED},
    },
)
CHANGED = Message(
    "changed",
    "An order changed by more than a frame can hold",
    models.Changed,
    {"changed": {"type": "changed", "transaction_id": examples.ID, "sequence": 3}},
)
PRODUCT = Message(
    "product",
    "A product as it stands",
    models.ProductFrame,
    {
        "plenty": {"type": "product", "product": examples.PRODUCT},
        "soldOut": {
            "type": "product",
            "product": {**examples.PRODUCT, "available_at_most": 0, "in_stock": False},
        },
    },
)
SUBSCRIBED = Message(
    "subscribed",
    "Everything is told from now on",
    models.Subscribed,
    {"subscribed": {"type": "subscribed", "operations": True}},
)
EVENTS = Message(
    "events",
    "What has happened",
    models.Events,
    {"placed": {"type": "events", "events": [examples.HAPPENED]}},
)
UNSUBSCRIBED = Message(
    "unsubscribed",
    "What it names is told no more",
    models.Unsubscribed,
    {
        "order": {"type": "unsubscribed", "transaction_id": examples.ID},
        "product": {"type": "unsubscribed", "product": examples.SKU},
    },
)
PONG = Message("pong", "The answer to a ping", models.Pong, {"pong": {"type": "pong"}})
_EXPIRED = {
    "type": "error",
    "code": "invalid-token",
    "detail": "The token is expired.",
    "reason": "expired",
    "transaction_id": examples.ID,
}
ERROR = Message(
    "error",
    "What can't be done",
    models.Error,
    {
        "expired": _EXPIRED,
        "misunderstood": {"type": "error", "code": "bad-message", "detail": "This is no JSON."},
    },
)

_ASKED = (
    SUBSCRIBE_ORDER,
    SUBSCRIBE_PRODUCT,
    SUBSCRIBE_OPERATIONS,
    UNSUBSCRIBE_ORDER,
    UNSUBSCRIBE_PRODUCT,
    UNSUBSCRIBE_OPERATIONS,
    PING,
)
_TOLD = (UPDATED, CHANGED, PRODUCT, SUBSCRIBED, EVENTS, UNSUBSCRIBED, PONG, ERROR)
CHANNEL = Channel(
    name="websocket",
    address="/{path}",
    server=WEBSOCKET,
    parameters={"path": "The path of the address that a checkout answered."},
    description=(
        "One connection follows up to 50 orders and products; all frames are JSON texts. Send a "
        "ping every five minutes: the gateway closes a connection that is silent for ten, and any "
        "connection after two hours. One that has subscribed to nothing is closed within two "
        "minutes. Updates to one connection never go backwards; the same one may come twice."
    ),
    messages=(*_ASKED, *_TOLD),
    bindings={"ws": {"method": "GET", "bindingVersion": "0.1.0"}},
)


def _receive(
    name: str, asked: Message, *replies: Message, security: str | None = None
) -> Operation:
    return Operation(name, "receive", CHANNEL, (asked,), asked.summary, (*replies, ERROR), security)


OPERATIONS = (
    _receive("followOrder", SUBSCRIBE_ORDER, UPDATED, CHANGED, security=security.TOKEN),
    _receive("followProduct", SUBSCRIBE_PRODUCT, PRODUCT),
    _receive("followOperations", SUBSCRIBE_OPERATIONS, SUBSCRIBED, security=security.OPERATOR),
    _receive("leaveOrder", UNSUBSCRIBE_ORDER, UNSUBSCRIBED),
    _receive("leaveProduct", UNSUBSCRIBE_PRODUCT, UNSUBSCRIBED),
    _receive("leaveOperations", UNSUBSCRIBE_OPERATIONS, UNSUBSCRIBED),
    _receive("stayConnected", PING, PONG),
    Operation(
        "tellFollowers", "send", CHANNEL, (UPDATED, CHANGED), "Tell an order's followers of it"
    ),
    Operation("tellOfProduct", "send", CHANNEL, (PRODUCT,), "Tell a product's followers of it"),
    Operation("tellOperators", "send", CHANNEL, (EVENTS,), "Tell operators what has happened"),
)
