"""One order on all channels at once; who may follow; what else is told."""

import json
from collections.abc import Iterator
from contextlib import ExitStack
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import uuid4

import pytest
from backstage import Backstage
from channels import (
    Document,
    MqttSession,
    WebhookReceiver,
    open_socket,
    over_mqtt,
    polling,
    receive_messages,
    sns,
    subscribed_queue,
    websocket,
)
from shop import Order, Shop, until
from websockets.exceptions import InvalidStatus
from websockets.sync.client import ClientConnection, connect

from local_stack import LocalStack, signing_keys
from orderbus.webhooks.office import Office
from shared.tokens import SigningKey, sign

pytestmark = pytest.mark.end_to_end


@pytest.fixture(scope="module")
def receiver(stack: LocalStack, backstage: Backstage) -> Iterator[WebhookReceiver]:
    """A merchant who has been added by an operator; the functions know of it at once."""
    office = Office(stack.aws.ssm, stack.stage)
    server = WebhookReceiver()
    with server.serving() as url:
        server.secrets = [office.add("shop", url)]
        backstage.restart("notifications-on-pushes", "notifications-on-webhooks")
        yield server
    office.remove("shop")
    backstage.restart("notifications-on-pushes", "notifications-on-webhooks")


def _without_from(document: Document) -> Document:
    return {name: value for name, value in document.items() if name != "from_sequence"}


@pytest.mark.parametrize("method", ["pm_sandbox_outage", "pm_sandbox_decline"])
def test_every_channel_tells_the_same_of_an_order(
    stack: LocalStack, shop: Shop, receiver: WebhookReceiver, method: str
) -> None:
    with ExitStack() as open_channels:
        topic = open_channels.enter_context(sns(stack.aws))
        order = shop.checkout(("TEA-EARL-GREY", 1), method=method)
        heard = {
            "polling": open_channels.enter_context(polling(order)),
            "websocket": open_channels.enter_context(websocket(order)),
            "mqtt": open_channels.enter_context(over_mqtt(order)),
            "sns": topic.heard(order),
            "webhooks": receiver.everything.heard(order),
        }
        told = {name: channel.until_final() for name, channel in heard.items()}
    steps = {step["sequence"]: _without_from(step) for step in order.steps()}
    assert list(steps) == list(range(1, len(steps) + 1))
    for name, documents in told.items():
        for document in documents:
            if document["sequence"]:
                assert _without_from(document) == steps[document["sequence"]], name
        assert _without_from(documents[-1]) == steps[len(steps)], name
    for name in ("polling", "websocket", "mqtt"):
        sequences = [document["sequence"] for document in told[name]]
        assert sequences == sorted(sequences), name


def test_sns_lets_everybody_choose(stack: LocalStack, shop: Shop) -> None:
    policies: dict[str, Document] = {
        "confirmed": {"status": ["CONFIRMED"], "final": ["false"]},
        "payments": {"segment": ["payments"], "status": ["REJECTED"]},
        "customer": {"customer_reference": ["cust-1"], "final": ["true"]},
    }
    with ExitStack() as queues:
        urls = {
            name: queues.enter_context(subscribed_queue(stack.aws, policy))
            for name, policy in policies.items()
        }
        good = shop.checkout(("TEA-EARL-GREY", 1))
        bad = shop.checkout(("TEA-EARL-GREY", 1), method="pm_sandbox_decline")
        found: dict[str, list[str]] = {name: [] for name in urls}

        def collected() -> dict[str, list[str]]:
            for name, url in urls.items():
                for message in receive_messages(stack.aws, url):
                    found[name].append(json.loads(message["Body"])["transaction_id"])
            return {name: sorted(ids) for name, ids in found.items()}

        wanted = {
            "confirmed": [good.transaction_id],
            "payments": [bad.transaction_id],
            "customer": sorted([good.transaction_id, bad.transaction_id]),
        }
        until(
            collected,
            lambda now: {n: sorted(set(ids)) for n, ids in now.items()} == wanted,
            within=60,
            what="told to whom it concerns",
        )


def test_a_webhook_is_tried_again_and_both_secrets_sign_while_they_rotate(
    stack: LocalStack, shop: Shop, backstage: Backstage, receiver: WebhookReceiver
) -> None:
    receiver.failures = 1
    order = shop.checkout(("MUG-BLUE", 1))
    receiver.everything.heard(order).until_final()
    until(
        lambda: {identity for identity, _ in receiver.taken},
        lambda taken: set(receiver.refused) <= taken,
        within=60,
        what="delivered after all",
    )
    assert receiver.refused
    # The receiver knows one secret only: first the old one, then the new one, of both in force.
    new = Office(stack.aws.ssm, stack.stage).rotate("shop")
    backstage.restart("notifications-on-webhooks")
    with_old = shop.checkout(("MUG-BLUE", 1))
    receiver.everything.heard(with_old).until_final()
    receiver.secrets = [new]
    with_new = shop.checkout(("MUG-BLUE", 1))
    receiver.everything.heard(with_new).until_final()
    Office(stack.aws.ssm, stack.stage).retire("shop")
    assert receiver.forged == 0


def _ask(connection: ClientConnection, **message: object) -> Document:
    connection.send(json.dumps(message))
    return dict(json.loads(connection.recv(timeout=20)))


@pytest.fixture
def connection(stack: LocalStack) -> Iterator[ClientConnection]:
    with connect(stack.websocket_url) as open_connection:
        yield open_connection


def _altered(token: str) -> str:
    head, claims, signature = token.split(".")
    other = "A" if signature[10] != "A" else "B"
    return ".".join((head, claims, signature[:10] + other + signature[11:]))


@pytest.fixture(scope="module")
def tokens(stack: LocalStack, shop: Shop) -> dict[str, str]:
    """Tokens that don't open the order that they are tried on, by what is wrong with them."""
    order, other = _order(shop), shop.checkout(("TEA-EARL-GREY", 1))
    name = signing_keys.private_name(stack.stage)
    stored = stack.aws.ssm.get_parameter(Name=name, WithDecryption=True)["Parameter"]["Value"]
    past = datetime.now(UTC) - timedelta(days=2)
    key = SigningKey.from_parameter(stored)
    stranger, _ = signing_keys.new_pair()
    strange = SigningKey.from_parameter(stranger)
    hour = timedelta(hours=1)
    return {
        "order": order.transaction_id,
        "another order's": other.token,
        "expired": sign(key, order.transaction_id, issued_at=past, lifetime=hour),
        "altered": _altered(order.token),
        "a stranger's": sign(
            strange, order.transaction_id, issued_at=datetime.now(UTC), lifetime=hour
        ),
        "cancel only": sign(
            key,
            order.transaction_id,
            issued_at=datetime.now(UTC),
            lifetime=hour,
            scopes=("cancel",),
        ),
        "missing": "",
    }


def _order(shop: Shop) -> Order:
    return shop.checkout(("TEA-EARL-GREY", 1))


BAD = ["another order's", "expired", "altered", "a stranger's", "cancel only", "missing"]


@pytest.mark.parametrize("wrong", BAD)
def test_a_bad_token_is_refused_on_every_channel(
    shop: Shop, connection: ClientConnection, tokens: dict[str, str], wrong: str
) -> None:
    order, token = tokens["order"], tokens[wrong]
    headers = {"authorization": f"Bearer {token}"} if token else {}
    for method, path in (("GET", "updates"), ("GET", "steps"), ("POST", "mqtt")):
        answer = shop.http.request(method, f"/orders/{order}/{path}", headers=headers)
        assert answer.status_code in {401, 403}, path
    said = _ask(connection, action="subscribe", transaction_id=order, token=token)
    assert said["type"] == "error"
    assert said["code"] in {"invalid-token", "other-order", "scope"}
    assert token == "" or token not in json.dumps(said)
    assert _ask(connection, action="ping") == {"type": "pong"}  # nothing else has come


def test_an_mqtt_session_opens_its_own_topic_and_nothing_else(shop: Shop) -> None:
    order, other = _order(shop), _order(shop)
    foreign = other.open_mqtt()["topic"]
    for topic in (foreign, "orderbus/dev/orders/+", "#"):
        with MqttSession(order.open_mqtt()).open(topic) as session:
            assert session.answered.wait(20)
            assert session.ended.is_set() or session.granted == [False], topic
            assert session.heard.documents == []
    signed = order.open_mqtt()["url"]
    with pytest.raises(InvalidStatus), open_socket(signed.replace("Signature=", "Signature=0")):
        pass
    with open_socket(signed) as session:
        assert session.subprotocol == "mqtt"


def test_the_last_update_waits_for_those_who_subscribe_late(shop: Shop) -> None:
    order = _order(shop)
    final = order.followed()
    with over_mqtt(order) as heard:
        assert _without_from(heard.until_final()[0]) == _without_from(final)


def test_one_connection_follows_several_orders_each_with_its_own_token(
    shop: Shop, connection: ClientConnection
) -> None:
    orders = {order.transaction_id: order for order in (_order(shop), _order(shop), _order(shop))}
    for order in orders.values():
        subscribe = {"transaction_id": order.transaction_id, "token": order.token}
        connection.send(json.dumps({"action": "subscribe", **subscribe}))
    last: dict[str, Any] = {}
    while len([u for u in last.values() if u["final"]]) < len(orders):
        frame = json.loads(connection.recv(timeout=60))
        update = frame["update"]
        known = last.get(update["transaction_id"], {"sequence": 0})
        assert update["sequence"] >= known["sequence"]
        last[update["transaction_id"]] = update
    assert set(last) == set(orders)


def test_a_product_that_is_back_in_stock_is_told_to_who_waits_for_it(
    stack: LocalStack, backstage: Backstage, connection: ClientConnection
) -> None:
    sku = backstage.new_product(stock=0, price=100)
    with subscribed_queue(stack.aws, {"kind": ["product"], "sku": [sku]}) as url:
        told = _ask(connection, action="subscribe", product=sku)
        assert (told["product"]["sku"], told["product"]["in_stock"]) == (sku, False)
        backstage.set_price(sku, 100, stock=5)
        told = json.loads(connection.recv(timeout=30))
        assert (told["type"], told["product"]["in_stock"]) == ("product", True)
        (message,) = until(
            lambda: receive_messages(stack.aws, url), bool, within=30, what="told by SNS"
        )
        assert message["MessageAttributes"]["in_stock"]["StringValue"] == "true"


def test_an_operator_on_this_machine_watches_everything(
    shop: Shop, connection: ClientConnection
) -> None:
    said = _ask(connection, action="subscribe", operations=True)
    assert said == {"type": "subscribed", "operations": True}
    seen: dict[str, set[str]] = {}
    watched = until(
        lambda: _watched(shop, connection, seen),
        lambda order: order is not None,
        within=60,
        what="seen in the flow",
    )
    assert watched is not None
    story = shop.http.get(f"/operations/orders/{watched.transaction_id}").json()
    assert [event["sequence"] for event in story["events"]] == list(
        range(1, len(story["events"]) + 1)
    )
    assert {event["source"] for event in story["events"]} >= {"orderbus.orders"}


def _watched(shop: Shop, connection: ClientConnection, seen: dict[str, set[str]]) -> Order | None:
    """Places an order and answers it if the operators' feed showed it to its end.

    Workers look for operators every five seconds: the first order may pass unseen.
    """
    order = _order(shop)
    order.followed()
    try:
        while True:
            frame = json.loads(connection.recv(timeout=1))
            for event in frame["events"]:
                seen.setdefault(event["transaction_id"], set()).add(event["detail_type"])
    except TimeoutError:
        pass
    shown = seen.get(order.transaction_id, set())
    return order if {"OrderPlaced", "OrderConfirmed"} <= shown else None


def test_a_connection_that_ends_is_forgotten(stack: LocalStack, shop: Shop) -> None:
    order = _order(shop)
    with connect(stack.websocket_url) as short_lived:
        _ask(
            short_lived,
            action="subscribe",
            transaction_id=order.transaction_id,
            token=order.token,
        )
    table = f"orderbus-{stack.stage}-notifications-journal"
    key = {"transaction_id": {"S": order.transaction_id}}
    until(
        lambda: stack.aws.dynamodb.get_item(TableName=table, Key=key, ConsistentRead=True)["Item"],
        lambda item: "followers" not in item,
        within=30,
        what="forgotten",
    )


def test_a_long_poll_answers_as_soon_as_there_is_news(shop: Shop) -> None:
    order = shop.checkout(("TEA-EARL-GREY", 1), method="pm_sandbox_action_required")
    waiting = until(
        order.updates,
        lambda u: u["segments"].get("payments", {}).get("state") == "action_required",
        within=60,
        what="waiting for the shopper",
    )
    again = order.updates(waiting["sequence"], wait=1)
    assert again["sequence"] == waiting["sequence"]
    assert order.cancel().status_code == 202
    news = order.updates(waiting["sequence"], wait=20)
    assert news["sequence"] > waiting["sequence"]


def test_nobody_follows_an_order_that_is_not_there(connection: ClientConnection) -> None:
    said = _ask(connection, action="subscribe", transaction_id=str(uuid4()), token="x")
    assert (said["code"], said["reason"]) == ("invalid-token", "malformed")
