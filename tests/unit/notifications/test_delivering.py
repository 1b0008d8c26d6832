import base64
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

import pytest
from events import confirmed, placed
from fakes_notifications import Notifications
from fakes_shared import NOON, TRANSACTION, FakeClock
from project import functions, resources
from standardwebhooks.webhooks import Webhook, WebhookVerificationError

from notifications.adapters.webhooks import TIMEOUT
from notifications.delivering import PAUSES, Deps, deliver, pause_after
from notifications.receivers import Delivery, Receiver
from shared import replay
from shared.errors import ReplayRefusedError, RetryLaterError

OLD, NEW, FOREIGN = (
    f"whsec_{base64.b64encode(letter * 24).decode()}" for letter in (b"o", b"n", b"f")
)
Sent = tuple[str, bytes, dict[str, str]]


def _receiver(*secrets: str, name: str = "shop") -> Receiver:
    url = f"https://{name}.example/hooks"
    return Receiver.model_validate({"id": name, "url": url, "secrets": secrets or (NEW,)})


@dataclass
class Door:
    """A receiver's door: answers as it is told, and keeps what came."""

    status: int = 200
    sent: list[Sent] = field(default_factory=list)

    def __call__(self, url: str, body: bytes, headers: Mapping[str, str]) -> int:
        self.sent.append((url, body, dict(headers)))
        return self.status


def _deps(
    door: Door,
    receivers: Sequence[Receiver],
    newest: Sequence[Receiver] | None = None,
    clock: FakeClock | None = None,
) -> Deps:
    known = receivers if newest is None else newest
    return Deps(lambda: receivers, lambda: known, door, clock or FakeClock())


def _delivery(name: str = "shop") -> Delivery:
    """Answers the delivery that a first event leads to."""
    service = Notifications(receivers=[_receiver(name=name)])
    service.hear(placed(("A", 1)), confirmed())
    service.push()
    return Delivery.model_validate(service.webhooks.queued[-1])


def _verified(sent: Sent, secret: str) -> dict[str, Any]:
    """Answers the body by the library of the specification's authors."""
    _, body, headers = sent
    webhook = Webhook(secret)
    at = headers["webhook-timestamp"]
    signatures = headers["webhook-signature"].split()
    expected = webhook.sign(
        headers["webhook-id"], NOON + timedelta(seconds=int(at) - NOON.timestamp()), body.decode()
    )
    if expected not in signatures:
        raise WebhookVerificationError("no matching signature")
    return dict(json.loads(body))


def test_a_delivery_is_signed_as_the_specifications_authors_verify_it() -> None:
    door = Door()
    deliver(_delivery(), _deps(door, [_receiver()]))
    (sent,) = door.sent
    document = _verified(sent, NEW)
    assert sent[0] == "https://shop.example/hooks"
    assert document["type"] == "order.updated"
    assert document["timestamp"] == "2026-11-23T12:00:00Z"
    assert document["data"]["transaction_id"] == TRANSACTION
    assert document["data"]["status"] == "CONFIRMED"
    assert sent[2]["webhook-id"].startswith("msg_")
    with pytest.raises(WebhookVerificationError):
        _verified(sent, FOREIGN)


def test_the_librarys_own_verification_takes_a_delivery_of_this_moment() -> None:
    from shared.clock import now  # noqa: PLC0415 - the library reads the real clock

    door = Door()
    deliver(_delivery(), Deps(lambda: [_receiver()], tuple, door, now))
    ((_, body, headers),) = door.sent
    assert Webhook(NEW).verify(body, headers) == json.loads(body)
    with pytest.raises(WebhookVerificationError):
        Webhook(NEW).verify(body.replace(b"CONFIRMED", b"CANCELLED"), headers)


def test_while_secrets_rotate_both_verify() -> None:
    door = Door()
    deliver(_delivery(), _deps(door, [_receiver(NEW, OLD)]))
    (sent,) = door.sent
    assert len(sent[2]["webhook-signature"].split(" ")) == 2
    assert _verified(sent, NEW) == _verified(sent, OLD)


def test_a_retry_has_the_same_id_and_body_and_a_signature_of_its_own_moment() -> None:
    door, clock = Door(500), FakeClock()
    for _ in range(2):
        with pytest.raises(RetryLaterError):
            deliver(_delivery(), _deps(door, [_receiver()], clock=clock))
        clock.forward(3600)
    first, second = door.sent
    assert first[1] == second[1]
    assert first[2]["webhook-id"] == second[2]["webhook-id"]
    assert int(second[2]["webhook-timestamp"]) - int(first[2]["webhook-timestamp"]) == 3600
    assert _verified(first, NEW) == _verified(second, NEW)


def test_what_is_told_of_one_change_has_the_same_id_whoever_queued_it() -> None:
    assert _delivery().webhook_id == _delivery().webhook_id


@pytest.mark.parametrize("status", [200, 201, 202, 204, 299, 410])
def test_what_was_taken_or_is_not_wanted_is_done(status: int) -> None:
    deliver(_delivery(), _deps(Door(status), [_receiver()]))


@pytest.mark.parametrize("status", [100, 199, 300, 301, 302, 400, 401, 404, 429, 500, 503])
def test_whatever_else_a_receiver_answers_is_tried_again(status: int) -> None:
    with pytest.raises(RetryLaterError, match=str(status)):
        deliver(_delivery(), _deps(Door(status), [_receiver()]))


def test_what_is_on_its_way_to_a_receiver_that_was_removed_is_dropped() -> None:
    door = Door()
    deliver(_delivery("shop"), _deps(door, [_receiver(name="other")]))
    assert door.sent == []


def test_a_receiver_that_this_worker_has_not_heard_of_yet_is_asked_for() -> None:
    door = Door()
    deliver(_delivery(), _deps(door, (), newest=[_receiver()]))
    assert len(door.sent) == 1


def test_a_known_receiver_is_not_asked_for_again() -> None:
    def never() -> Sequence[Receiver]:
        raise AssertionError

    deliver(_delivery(), Deps(lambda: [_receiver()], never, Door(), FakeClock()))


def test_a_secret_that_is_none_is_that_receivers_trouble_alone() -> None:
    door = Door()
    receivers = [_receiver("whsec_no base64", name="broken"), _receiver()]
    with pytest.raises(ValueError, match=r"(?i)base64"):
        deliver(_delivery("broken"), _deps(door, receivers))
    deliver(_delivery("shop"), _deps(door, receivers))
    assert len(door.sent) == 1


def test_a_replayed_event_reaches_no_receiver() -> None:
    door = Door()
    with replay.handling("drill"), pytest.raises(ReplayRefusedError):
        deliver(_delivery(), _deps(door, [_receiver()]))
    assert door.sent == []


def test_the_retries_last_for_more_than_a_day_and_end_before_the_queue_forgets() -> None:
    queue = resources("notifications", "AWS::SQS::Queue")["WebhooksQueue"]["Properties"]
    attempts = queue["RedrivePolicy"]["maxReceiveCount"]
    assert len(PAUSES) == attempts - 1
    assert list(PAUSES) == sorted(PAUSES)
    assert 24 * 3600 < sum(PAUSES) < queue["MessageRetentionPeriod"]
    # A message is hidden for twelve hours at most, and its attempt is part of that.
    (function,) = (f for f in functions("notifications") if f.logical_id == "OnWebhooksFunction")
    assert max(PAUSES) + function.properties["Timeout"] < 12 * 3600
    assert [pause_after(n) for n in range(1, attempts)] == list(PAUSES)
    assert pause_after(attempts) == 0  # it is parked at once, not hours later


def test_an_attempt_ends_before_its_function_does() -> None:
    (function,) = (f for f in functions("notifications") if f.logical_id == "OnWebhooksFunction")
    longest = float(TIMEOUT.connect_timeout or 0) + float(TIMEOUT.read_timeout or 0)
    assert longest < function.properties["Timeout"]
