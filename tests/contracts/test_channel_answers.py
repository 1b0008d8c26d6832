"""Whatever is sent on a channel is as its document says, and what it says can be sent is taken."""

import json
from dataclasses import dataclass, field
from typing import Any

import pytest
from channel_messages import document, problem_with
from events import cancelled, confirmed, euros, event, placed, rejected
from fakes_notifications import Notifications
from fakes_shared import NOON, TRANSACTION
from hypothesis import given, settings
from hypothesis import strategies as st

from notifications import delivering, following
from notifications.domain.feeds import MOST_FEEDS, OPERATIONS, Feed, Kind
from notifications.frames import LARGEST_FRAME
from notifications.ports import Document
from notifications.receivers import Delivery, Receiver
from shared import entrypoint
from shared.callers import Caller
from shared.errors import RetryLaterError
from shared.events import Envelope, PaymentDeclined, ProductChanged
from shared.sockets import Frame
from shared.tokens import InvalidTokenError

ASKED = [
    pytest.param(example["payload"], id=f"{name}.{example['name']}")
    for name, message in document()["components"]["messages"].items()
    for example in message["examples"]
    if "action" in example["payload"]
]
EXAMPLE = "6f1ed002-ab55-5b1e-9b32-5b2b4a1f4a11"
"""The order of the document's examples."""
SKU = "TEA-EARL-GREY"


@dataclass
class Door:
    """Knows every token that a test says it knows, and refuses the others for one reason."""

    known: dict[str, Caller] = field(default_factory=dict)
    reason: str = "malformed"
    busy: bool = False

    def identify(self, token: str) -> Caller:
        """Answers who a token speaks for; raises InvalidTokenError or RetryLaterError."""
        if self.busy:
            raise RetryLaterError("the keys can't be had")
        if token not in self.known:
            raise InvalidTokenError(self.reason)
        return self.known[token]


def _sent(
    frame: object, service: Notifications | None = None, door: Door | None = None
) -> Document | None:
    """Answers what a connection is told at once when it sends a frame."""
    service = service or Notifications()
    if "c" not in service.connections.feeds:
        service.connect("c")
    deps = following.Deps(
        callers=door or Door(),  # type: ignore[arg-type]
        followers=service.followers,
        journal=service.journal,
        pushes=service.pushes,
        open_to_loopback=False,
    )
    body = frame if isinstance(frame, str) else json.dumps(frame)
    return following.take(Frame("f", "c", "192.0.2.1", body), deps)


def _problem(frame: Document | None) -> str | None:
    """Answers what about a frame that is sent is not as documented."""
    return None if frame is None else problem_with(frame["type"], json.loads(json.dumps(frame)))


@pytest.mark.parametrize("frame", ASKED)
def test_every_frame_that_is_documented_is_understood(frame: dict[str, Any]) -> None:
    token = str(frame.get("token", ""))
    door = Door({token: Caller(("read", "operate"), transaction_id=EXAMPLE)})
    answer = _sent(frame, door=door)
    assert answer is None or answer["type"] != "error"
    assert _problem(answer) is None


ANY_JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(),
    lambda parts: st.lists(parts, max_size=3) | st.dictionaries(st.text(), parts, max_size=3),
    max_leaves=5,
)


@st.composite
def _almost_right(draw: st.DrawFn) -> dict[str, Any]:
    """Draws a documented frame with some members changed, added or left out."""
    frame = dict(draw(st.sampled_from([case.values[0] for case in ASKED])))
    for name in draw(st.sets(st.sampled_from(["action", "token", "after", "product"]))):
        frame[name] = draw(ANY_JSON)
    for name in draw(st.sets(st.sampled_from(sorted(frame)), max_size=1)):
        del frame[name]
    return frame


@given(frame=_almost_right() | ANY_JSON | st.text() | st.just("[" * 9_000))
@settings(deadline=None)
def test_whatever_is_sent_is_answered_as_documented(frame: object) -> None:
    assert _problem(_sent(frame)) is None


ORDER = {"action": "subscribe", "transaction_id": TRANSACTION, "token": "t"}


def _full() -> Notifications:
    service = Notifications()
    service.connect("c", *(Feed(Kind.PRODUCT, f"SKU-{number}") for number in range(MOST_FEEDS)))
    return service


@pytest.mark.parametrize(
    ("caller", "code"),
    [
        (Caller(("read",), transaction_id=EXAMPLE), "other-order"),
        (Caller(("cancel",), transaction_id=TRANSACTION), "scope"),
        (Caller(("read",), customer="cust-1"), "unknown-order"),
    ],
)
def test_a_token_that_does_not_open_what_it_is_sent_for_is_told_so_as_documented(
    caller: Caller, code: str
) -> None:
    answer = _sent(ORDER, door=Door({"t": caller}))
    assert answer is not None
    assert (answer["code"], answer["transaction_id"]) == (code, TRANSACTION)
    assert _problem(answer) is None


@pytest.mark.parametrize("reason", ["expired", "altered", "unknown_key", "malformed"])
def test_every_reason_against_a_token_is_documented(reason: str) -> None:
    answer = _sent(ORDER, door=Door(reason=reason))
    assert answer is not None
    assert (answer["code"], answer["reason"]) == ("invalid-token", reason)
    assert _problem(answer) is None


def test_what_can_not_be_done_now_or_any_more_is_documented() -> None:
    opens = {"t": Caller(("read",), transaction_id=TRANSACTION)}
    answers = {
        "too-many": _sent(ORDER, _full(), Door(opens)),
        "busy": _sent(ORDER, door=Door(busy=True)),
        "bad-message": _sent("no JSON"),
    }
    for code, answer in answers.items():
        assert answer is not None
        assert answer["code"] == code
        assert _problem(answer) is None


def test_what_goes_wrong_inside_is_documented() -> None:
    def fail(_frame: Frame, _deps: None) -> Document | None:
        raise ZeroDivisionError

    context = {"requestId": "r", "connectionId": "c", "eventType": "MESSAGE"}
    answer = entrypoint.websocket(lambda: None)(fail)({"requestContext": context}, None)
    assert _problem(json.loads(answer["body"])) is None


def _declined() -> Envelope:
    data = PaymentDeclined(code="card_declined", message="The card was declined.", retryable=True)
    return event("payments", data)


def _announced(version: int, available: int | None) -> Envelope:
    data = ProductChanged(
        sku=SKU,
        version=version,
        name="Earl Grey",
        unit_price=euros(1250),
        available_at_most=available,
    )
    return event("inventory", data, transaction=None, cause=f"change {version}")


def _told() -> Notifications:
    """Answers the service after it told of an order and a product on every channel."""
    service = Notifications(
        receivers=[Receiver(id="shop", url="https://x", secrets=("whsec_eA==",))]
    )
    service.connect("c", Feed(Kind.ORDER, TRANSACTION), Feed(Kind.PRODUCT, SKU), OPERATIONS)
    for heard in (
        placed(("A", 1)),
        _announced(1, None),
        _declined(),
        _announced(2, 0),
        rejected(),
        confirmed(),
        cancelled(),
    ):
        service.hear(heard)
        assert service.push() == set()
    return service


def test_every_frame_that_is_pushed_is_as_documented() -> None:
    frames = _told().sockets.posted["c"]
    assert {frame["type"] for frame in frames} == {"update", "product", "events"}
    for frame in frames:
        assert _problem(frame) is None


def test_an_update_that_fits_no_frame_is_told_of_as_documented() -> None:
    service = Notifications()
    service.connect("c", Feed(Kind.ORDER, TRANSACTION))
    long = PaymentDeclined(code="x", message="x" * LARGEST_FRAME, retryable=True)
    service.hear(placed(("A", 1)), event("payments", long))
    service.push()
    (frame,) = service.sockets.posted["c"]
    assert frame["type"] == "changed"
    assert _problem(frame) is None


def test_every_retained_message_is_as_documented() -> None:
    published = _told().retained.published
    assert len(published) >= 4
    for update in published:
        assert problem_with("retainedUpdate", update) is None


def test_every_notification_is_as_documented_with_its_attributes() -> None:
    published = _told().topic.published
    names = {"order": "orderNotification", "product": "productNotification"}
    assert {attributes["kind"] for _, attributes in published} == set(names)
    for message, attributes in published:
        headers = json.loads(json.dumps(attributes))
        assert problem_with(names[str(attributes["kind"])], message, headers) is None


def test_every_webhook_is_as_documented_with_its_headers() -> None:
    service = _told()
    posted: list[tuple[object, dict[str, object]]] = []

    def post(_url: str, body: bytes, headers: Any) -> int:  # noqa: ANN401 - a mapping of texts
        posted.append((json.loads(body), dict(headers)))
        return 204

    deps = delivering.Deps(lambda: service.receivers, lambda: service.receivers, post, lambda: NOON)
    for queued in service.webhooks.queued:
        delivering.deliver(Delivery.model_validate(queued), deps)
    assert len(posted) >= 2
    for body, headers in posted:
        assert problem_with("webhook", body, headers) is None
