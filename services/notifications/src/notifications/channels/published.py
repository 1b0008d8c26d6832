"""What is told without being asked for by a frame: MQTT topics, the SNS topic, webhooks."""

from notifications.channels import examples, models, security
from shared.async_api import Channel, Message, Operation, Server

IOT = Server(
    name="iot",
    host="{endpoint}",
    path="/mqtt",
    protocol="secure-mqtt",
    protocol_version="3.1.1",
    description=(
        "AWS IoT Core by MQTT over WebSocket (`wss`). Take the whole address, presigned, from "
        "`POST /orders/{transaction_id}/mqtt`, and its `client_id`."
    ),
    variables={"endpoint": "The account's IoT data endpoint."},
    security=security.PRESIGNED,
)
SNS = Server(
    name="sns",
    host="sns.{region}.amazonaws.com",
    protocol="sns",
    description="Amazon SNS in the stage's account.",
    variables={"region": "The stage's region."},
    security=security.IAM,
)
RECEIVER = Server(
    name="receiver",
    host="{receiver}",
    protocol="https",
    description="Each receiver that the stage was given by `orderbus webhooks`.",
    variables={"receiver": "The receiver's host."},
    security=security.SIGNATURE,
)

_STAGE = {"stage": "The stage, such as `dev` or `prod`."}
_UPDATE_ID = "b5f4a9a1-9d0b-5d53-8f6e-6f1a3c0e2d11"

RETAINED = Message(
    "retainedUpdate",
    "An order as it stands",
    models.Update,
    {"pending": examples.UPDATE, "rejected": examples.REJECTED},
)
MQTT = Channel(
    name="mqtt",
    address="orderbus/{stage}/orders/{transaction_id}",
    server=IOT,
    description=(
        "The topic of one order. Its last update is retained: it arrives on subscribing, and is "
        "cleared by an empty message `ViewDays` (30) after the order's last event."
    ),
    messages=(RETAINED,),
    parameters={**_STAGE, "transaction_id": "The order's transaction."},
)
ORDER_NOTIFICATION = Message(
    "orderNotification",
    "An order whose status or finality changed",
    models.Update,
    {"rejected": examples.REJECTED},
    models.OrderAttributes,
    {
        "kind": "order",
        "status": "REJECTED",
        "final": "true",
        "segment": ["inventory", "order", "payments"],
        "customer_reference": "cust-1",
        "update_id": _UPDATE_ID,
    },
)
PRODUCT_NOTIFICATION = Message(
    "productNotification",
    "A product that came into or went out of stock",
    models.Product,
    {"backInStock": examples.PRODUCT},
    models.ProductAttributes,
    {"kind": "product", "sku": examples.SKU, "in_stock": "true"},
)
TOPIC = Channel(
    name="sns",
    address="orderbus-{stage}-updates",
    server=SNS,
    description=(
        "One topic for all orders and products of the stage. The headers are SNS message "
        "attributes, for filter policies; `segment` is a String.Array, the others are Strings."
    ),
    messages=(ORDER_NOTIFICATION, PRODUCT_NOTIFICATION),
    parameters=_STAGE,
)
WEBHOOK_MESSAGE = Message(
    "webhook",
    "An order whose status or finality changed",
    models.OrderUpdated,
    {"rejected": {"type": "order.updated", "timestamp": examples.AT, "data": examples.REJECTED}},
    models.WebhookHeaders,
    {
        "webhook-id": f"msg_{_UPDATE_ID}",
        "webhook-timestamp": "1795435200",
        "webhook-signature": "v1,K5oZfzN95Z9UVu1EsfQmfVNQhnkZ2pj9o9NDN/H/pI4=",
    },
)
WEBHOOK = Channel(
    name="webhook",
    address=None,
    server=RECEIVER,
    description=(
        "The address that the receiver was given with. Any 2xx is taken as received; 410 drops "
        "the message; anything else is tried again for more than a day, ever more rarely. "
        "Messages of one order may overtake one another: go by `data.sequence`."
    ),
    messages=(WEBHOOK_MESSAGE,),
)

OPERATIONS = (
    Operation(
        "retain",
        "send",
        MQTT,
        (RETAINED,),
        "Publish an order as it stands to its topic, which retains it",
        bindings={"mqtt": {"qos": 1, "retain": True, "bindingVersion": "0.2.0"}},
    ),
    Operation(
        "notify",
        "send",
        TOPIC,
        (ORDER_NOTIFICATION, PRODUCT_NOTIFICATION),
        "Publish each change of an order's status or finality, and of a product's being in stock",
    ),
    Operation(
        "deliver",
        "send",
        WEBHOOK,
        (WEBHOOK_MESSAGE,),
        "Post each change of an order's status or finality to every receiver",
        bindings={"http": {"method": "POST", "bindingVersion": "0.3.0"}},
    ),
)
