"""The functions that tell, whole, as Lambda and the gateways call them, on moto."""

import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from http.server import BaseHTTPRequestHandler, HTTPServer
from typing import Any

import pytest
from events import confirmed, event, placed
from fakes_shared import TRANSACTION
from notifications_stage import Stage, body_of, stage
from standardwebhooks.webhooks import Webhook

from notifications import wiring
from notifications.handlers import get_steps, get_story, on_pushes, open_mqtt, sweep
from shared import clock
from shared.events import Envelope, ProductChanged
from shared.money import Money

SECRET = "whsec_MTIzNDU2Nzg5MDEyMzQ1Njc4OTAxMjM0"
OTHER = "1b5bfb4e-3d0c-5a39-9f0c-2f9f2f7e4f11"


@pytest.fixture
def world(monkeypatch: pytest.MonkeyPatch) -> Iterator[Stage]:
    with stage(monkeypatch) as made:
        yield made


class Shop:
    """A merchant's receiver: answers as it is told, and keeps what came."""

    def __init__(self) -> None:
        self.status = 204
        self.came: list[tuple[dict[str, str], bytes]] = []
        self.url = ""


@contextmanager
def _running_shop() -> Iterator[Shop]:
    shop = Shop()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["content-length"]))
            headers = {name.lower(): value for name, value in self.headers.items()}
            shop.came.append((headers, body))
            self.send_response(shop.status)
            self.send_header("location", "/elsewhere")
            self.send_header("content-length", "0")
            self.end_headers()

        def log_message(self, *_arguments: object) -> None:
            """Prints nothing."""

    server = HTTPServer(("127.0.0.1", 0), Handler)
    shop.url = f"http://127.0.0.1:{server.server_port}/hooks"
    thread = threading.Thread(target=server.serve_forever, args=(0.01,))
    thread.start()
    try:
        yield shop
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


@pytest.fixture
def shop() -> Iterator[Shop]:
    with _running_shop() as running:
        yield running


def _configure(world: Stage, shop: Shop) -> None:
    receivers = {"receivers": [{"id": "shop", "url": shop.url, "secrets": [SECRET]}]}
    world.ssm.put_parameter(
        Name="/receivers", Value=json.dumps(receivers), Type="SecureString", Overwrite=True
    )


def _follow(world: Stage, connection_id: str = "c", after: int = 0) -> None:
    assert world.connect(connection_id) == 200
    about = {"transaction_id": TRANSACTION, "token": world.token(), "after": after}
    assert world.say(connection_id, action="subscribe", **about) is None


def test_a_follower_sees_the_order_happen(world: Stage) -> None:
    _follow(world)
    assert world.push() == []
    world.deliver(body_of(placed(("A", 1))))
    world.push()
    world.deliver(body_of(confirmed()))
    world.push()
    updates = [frame["update"] for frame in world.frames("c")]
    assert [(u["sequence"], u["status"]) for u in updates] == [
        (0, "ACCEPTED"),
        (1, "PENDING"),
        (2, "CONFIRMED"),
    ]


def test_mqtt_and_the_topic_carry_the_same_documents(world: Stage) -> None:
    _follow(world)
    world.deliver(body_of(placed(("A", 1))))
    world.push()
    update = world.frames("c")[-1]["update"]
    assert world.retained() == [(f"orderbus/test/orders/{TRANSACTION}", update)]
    (told,) = world.received(world.told)
    assert json.loads(told["body"]) == update


def test_who_unsubscribes_or_hangs_up_hears_no_more(world: Stage) -> None:
    for name in ("a", "b"):
        _follow(world, name)
    world.push()
    answer = world.say("a", action="unsubscribe", transaction_id=TRANSACTION)
    assert answer == {"type": "unsubscribed", "transaction_id": TRANSACTION}
    world.disconnect("b")
    world.deliver(body_of(placed(("A", 1))))
    world.push()
    assert [len(world.frames(name)) for name in ("a", "b")] == [1, 1]
    assert [item["connection_id"]["S"] for item in world.items("connections")] == ["a"]
    (journal,) = world.items("journal")
    assert "followers" not in journal


def test_a_wrong_token_is_refused_in_a_frame(world: Stage) -> None:
    world.connect("c")
    token = world.token(OTHER)
    answer = world.say("c", action="subscribe", transaction_id=TRANSACTION, token=token)
    assert (answer["code"], answer["transaction_id"]) == ("other-order", TRANSACTION)
    assert token not in json.dumps(answer)
    assert world.push() == []
    assert world.frames("c") == []


def test_an_operator_on_the_machine_sees_every_event(world: Stage) -> None:
    world.connect("o")
    answer = world.say("o", "127.0.0.1", action="subscribe", operations=True)
    assert answer == {"type": "subscribed", "operations": True}
    world.deliver(body_of(placed(("A", 1))), body_of(placed(("A", 1), transaction=OTHER)))
    world.push()
    shown = [e["transaction_id"] for frame in world.frames("o") for e in frame["events"]]
    assert sorted(shown) == sorted([TRANSACTION, OTHER])


def _changed(version: int, available: int | None) -> Envelope:
    data = ProductChanged(
        sku="A",
        version=version,
        name="Apple",
        unit_price=Money(amount=100, currency="EUR"),
        available_at_most=available,
    )
    return event("inventory", data, transaction=None, cause=str(version))


def test_who_waits_for_a_product_hears_that_it_is_back(world: Stage) -> None:
    world.deliver(body_of(_changed(1, 0)))
    world.push()
    world.connect("c")
    assert world.say("c", action="subscribe", product="A") is None
    world.push()
    world.deliver(body_of(_changed(2, 5)))
    world.push()
    products = [frame["product"] for frame in world.frames("c")]
    assert [(p["version"], p["in_stock"]) for p in products] == [(1, False), (2, True)]
    (told,) = world.received(world.told)
    assert json.loads(told["body"]) == products[-1]


def test_a_webhook_arrives_signed_and_is_not_sent_again(world: Stage, shop: Shop) -> None:
    _configure(world, shop)
    world.deliver(body_of(placed(("A", 1))))
    world.push()
    assert world.send_webhooks() == []
    ((headers, body),) = shop.came
    document = Webhook(SECRET).verify(body, headers)
    assert document["data"]["status"] == "PENDING"
    assert world.send_webhooks() == []
    assert len(shop.came) == 1


@pytest.mark.parametrize("status", [302, 401, 500])
def test_a_webhook_that_was_not_taken_comes_again_with_the_same_id(
    world: Stage, shop: Shop, status: int
) -> None:
    _configure(world, shop)
    shop.status = status
    world.deliver(body_of(placed(("A", 1))))
    world.push()
    (failed,) = world.send_webhooks()
    assert world.send_webhooks() == []  # it is hidden for five seconds
    assert len(shop.came) == 1  # and no redirect was followed
    world.sqs.send_message(QueueUrl=world.webhooks, MessageBody=failed)
    shop.status = 200
    assert world.send_webhooks() == []
    (first, _), (second, _) = shop.came
    assert first["webhook-id"] == second["webhook-id"]


def test_a_receiver_that_does_not_answer_is_tried_again(world: Stage, shop: Shop) -> None:
    shop.url = "http://127.0.0.1:1/hooks"  # nobody listens there
    _configure(world, shop)
    world.deliver(body_of(placed(("A", 1))))
    world.push()
    assert len(world.send_webhooks()) == 1


def test_a_receiver_that_is_gone_for_good_or_was_removed_gets_no_more(
    world: Stage, shop: Shop
) -> None:
    _configure(world, shop)
    shop.status = 410
    world.deliver(body_of(placed(("A", 1))))
    world.push()
    assert world.send_webhooks() == []
    world.deliver(body_of(confirmed()))
    world.push()
    world.ssm.delete_parameter(Name="/receivers")
    wiring.webhooks.cache_clear()
    assert world.send_webhooks() == []
    assert len(shop.came) == 1


def test_a_replayed_event_leads_to_nothing_at_all(world: Stage, shop: Shop) -> None:
    _configure(world, shop)
    _follow(world)
    world.push()
    before = {table: world.items(table) for table in ("journal", "connections", "feeds")}
    for envelope in (placed(("A", 1)), _changed(1, 3)):
        world.deliver(body_of(envelope, **{"replay-name": "drill"}))
    assert world.push() == []
    assert {table: world.items(table) for table in before} == before
    assert [frame["update"]["sequence"] for frame in world.frames("c")] == [0]
    assert world.retained() == []
    assert world.received(world.told) == []
    assert world.received(world.webhooks) == []


def test_what_is_no_push_dies_alone(world: Stage) -> None:
    _follow(world)
    world.push()
    world.deliver(body_of(placed(("A", 1))))
    (record,) = world.received(world.pushes)
    poison = record | {"messageId": "poison", "body": '{"kind": "of another version"}'}
    answer = on_pushes.handler({"Records": [poison, record]}, None)
    assert answer == {"batchItemFailures": [{"itemIdentifier": "poison"}]}
    assert len(world.frames("c")) == 2


def test_a_table_that_is_away_keeps_every_push(world: Stage) -> None:
    world.deliver(body_of(placed(("A", 1))))
    world.dynamodb.delete_table(TableName=world.table)
    assert len(world.push()) == 1


def test_the_sweep_closes_who_wants_nothing_and_clears_what_is_old(
    world: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    world.connect("idle")
    _follow(world, "busy")
    world.deliver(body_of(placed(("A", 1))))
    world.push()
    later = clock.now() + timedelta(days=31)
    monkeypatch.setattr(wiring, "now", lambda: later)
    for part in (wiring.sweep, wiring.journal, wiring.connections, wiring.followers):
        part.cache_clear()
    sweep.handler({}, None)
    assert [item["connection_id"]["S"] for item in world.items("connections")] == ["busy"]
    topic = f"orderbus/test/orders/{TRANSACTION}"
    assert world.retained()[-1] == (topic, None)
    (journal,) = world.items("journal")
    assert "clear_at" not in journal
    assert len(journal["entries"]["L"]) == 1


def test_an_mqtt_session_is_opened_for_the_orders_token(world: Stage) -> None:
    answer = world.request(open_mqtt.handler)
    address = json.loads(answer["body"])
    assert answer["statusCode"] == 201
    assert address["url"].startswith("wss://iot.example/mqtt?")
    assert address["topic"] == f"orderbus/test/orders/{TRANSACTION}"


def test_who_missed_something_reads_every_step(world: Stage) -> None:
    world.deliver(body_of(placed(("A", 1))), body_of(confirmed()))
    page: dict[str, Any] = json.loads(world.request(get_steps.handler)["body"])
    assert [step["sequence"] for step in page["steps"]] == [1, 2]
    assert page["more"] is False


def test_an_operator_reads_an_orders_story_and_nobody_else_does(world: Stage) -> None:
    world.deliver(body_of(placed(("A", 1))))
    story = world.request(get_story.handler, claims={"scope": "read cancel operate"})
    assert json.loads(story["body"])["events"][0]["detail_type"] == "OrderPlaced"
    assert world.request(get_story.handler)["statusCode"] == 403
