import json
import logging
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
from events import confirmed, event, placed
from fakes_notifications import Notifications
from fakes_shared import NOON, TRANSACTION, FakeClock
from hypothesis import given, settings
from hypothesis import strategies as st
from oidc import AUDIENCE, Issuer, running_issuer
from published_keys import PublishedKeys

from notifications.domain.feeds import MOST_FEEDS, MOST_FOLLOWERS, OPERATIONS, Feed, Kind
from notifications.domain.work import OrderFollowed, ProductFollowed
from notifications.following import LONGEST_TOKEN, Deps, take
from shared.callers import Callers, signed_in
from shared.events import Envelope, OrderPlaced
from shared.identity import Identity
from shared.keys import CachedKeys
from shared.sockets import Frame
from shared.tokens import sign

OTHER = "1b5bfb4e-3d0c-5a39-9f0c-2f9f2f7e4f11"
ORDER = Feed(Kind.ORDER, TRANSACTION)
FAR, HERE = "203.0.113.7", "127.0.0.1"


class Line:
    """One connection to the service, the keys of its tokens, and every token that was sent."""

    def __init__(self, issuer: Issuer | None = None, *, open_to_loopback: bool = False) -> None:
        self.service, self.source = Notifications(), PublishedKeys()
        self.clock: FakeClock = self.service.clock
        self.key = self.source.rotate()
        identity = Identity(issuer=issuer.url if issuer else "", audience=AUDIENCE)
        self.deps = Deps(
            callers=Callers(
                CachedKeys(self.source, self.clock), signed_in(identity, self.clock), self.clock
            ),
            followers=self.service.followers,
            journal=self.service.journal,
            pushes=self.service.pushes,
            open_to_loopback=open_to_loopback,
        )
        self.service.connect("c")
        self.frames = 0
        self.tokens: list[str] = []

    def token(self, order: str = TRANSACTION, **options: Any) -> str:  # noqa: ANN401 - sign's own
        given = {"issued_at": NOON, "lifetime": timedelta(days=1)} | options
        return sign(self.key, order, **given)

    def say(self, body: object, source: str = FAR, connection: str = "c") -> dict[str, Any] | None:
        """Sends a frame; the answer never holds the token that was sent."""
        if isinstance(body, dict) and body.get("token"):
            self.tokens.append(str(body["token"]))
        self.frames += 1
        text = body if isinstance(body, str) else json.dumps(body)
        answer = take(Frame(f"frame-{self.frames}", connection, source, text), self.deps)
        assert not any(token in json.dumps(answer) for token in self.tokens if len(token) > 3)
        return answer

    def subscribe(self, **about: Any) -> dict[str, Any] | None:  # noqa: ANN401 - any JSON
        return self.say({"action": "subscribe", **about})

    def code(self, **about: Any) -> str:  # noqa: ANN401 - any JSON
        """Subscribes in vain; answers the code."""
        answer = self.subscribe(**about)
        assert answer is not None
        assert answer["type"] == "error"
        assert answer["detail"]
        assert self.service.journal.followers.get(TRANSACTION, set()) <= {"d"}
        return str(answer["code"])


@pytest.fixture
def line(caplog: pytest.LogCaptureFixture) -> Iterator[Line]:
    caplog.set_level(logging.DEBUG)
    made = Line()
    yield made
    _no_token_in(caplog, made)


def _no_token_in(caplog: pytest.LogCaptureFixture, line: Line) -> None:
    logged = caplog.text + "".join(str(vars(record)) for record in caplog.records)
    assert not any(token in logged for token in line.tokens if len(token) > 3)


@pytest.fixture(scope="module")
def issuer() -> Iterator[Issuer]:
    with running_issuer(clock=NOON.timestamp) as running:
        yield running


def test_an_orders_token_lets_a_connection_follow_it(line: Line) -> None:
    assert line.subscribe(transaction_id=TRANSACTION, token=line.token(), after=2) is None
    assert line.service.journal.followers == {TRANSACTION: {"c"}}
    assert line.service.connections.feeds["c"] == {ORDER}
    assert line.service.pushes.queued == [
        OrderFollowed(transaction_id=TRANSACTION, connection_id="c", after=2, frame_id="frame-1")
    ]


def test_a_subscription_that_is_repeated_gets_its_update_again(line: Line) -> None:
    for _ in range(2):
        line.subscribe(transaction_id=TRANSACTION, token=line.token())
        line.service.push()
    assert len(line.service.updates("c")) == 2
    assert line.service.journal.followers == {TRANSACTION: {"c"}}


def test_another_orders_token_opens_nothing(line: Line) -> None:
    assert line.code(transaction_id=TRANSACTION, token=line.token(OTHER)) == "other-order"


def test_a_token_that_may_only_cancel_follows_nothing(line: Line) -> None:
    assert line.code(transaction_id=TRANSACTION, token=line.token(scopes=("cancel",))) == "scope"


@pytest.mark.parametrize("token", ["", "nonsense", "a.b.c"])
def test_what_is_no_token_is_malformed(line: Line, token: str) -> None:
    answer = line.subscribe(transaction_id=TRANSACTION, token=token)
    assert answer == {
        "type": "error",
        "code": "invalid-token",
        "detail": "the token is malformed",
        "reason": "malformed",
        "transaction_id": TRANSACTION,
    }


def test_a_missing_token_is_no_token(line: Line) -> None:
    assert line.code(transaction_id=TRANSACTION) == "invalid-token"


def _reason(line: Line, token: str) -> str:
    answer = line.subscribe(transaction_id=TRANSACTION, token=token)
    assert answer is not None
    assert answer["code"] == "invalid-token"
    return str(answer["reason"])


def test_a_token_that_opens_nothing_any_more_or_never_did_says_why(line: Line) -> None:
    stranger = PublishedKeys().rotate()
    issued = {"issued_at": NOON, "lifetime": timedelta(days=1)}
    head, claims, _ = line.token().split(".")
    foreign = line.token(OTHER).split(".")[2]
    assert _reason(line, sign(stranger, TRANSACTION, **issued)) == "unknown_key"  # type: ignore[arg-type]
    assert _reason(line, f"{head}.{claims}.{foreign}") == "altered"
    assert _reason(line, line.token(lifetime=timedelta(0))) == "expired"
    token = line.token()
    line.clock.forward(86400)
    assert _reason(line, token) == "expired"
    assert line.service.journal.followers == {}


def test_keys_that_can_not_be_read_are_asked_for_again_in_a_second(line: Line) -> None:
    token = line.token()
    line.source.out_of_reach = True
    assert line.code(transaction_id=TRANSACTION, token=token) == "busy"


def _owned(customer: str) -> Envelope:
    data = placed(("A", 1)).data
    assert isinstance(data, OrderPlaced)
    return event("orders", data.model_copy(update={"customer_reference": customer}))


def test_a_shoppers_jwt_follows_their_own_order_and_no_other(issuer: Issuer) -> None:
    line = Line(issuer)
    line.service.hear(_owned("ann"))
    assert line.code(transaction_id=TRANSACTION, token=issuer.token("bob")) == "other-order"
    assert line.code(transaction_id=TRANSACTION, token=issuer.token("x|y")) == "other-order"
    assert line.subscribe(transaction_id=TRANSACTION, token=issuer.token("ann")) is None
    assert line.service.journal.followers == {TRANSACTION: {"c"}}


def test_nobody_knows_whose_an_order_is_before_it_was_placed(issuer: Issuer) -> None:
    line = Line(issuer)
    token = issuer.token("ann")
    assert line.code(transaction_id=TRANSACTION, token=token) == "unknown-order"
    line.service.hear(confirmed())
    assert line.code(transaction_id=TRANSACTION, token=token) == "unknown-order"
    assert line.subscribe(transaction_id=TRANSACTION, token=line.token()) is None


def test_nobodys_order_is_no_shoppers(issuer: Issuer) -> None:
    line = Line(issuer)
    line.service.hear(placed(("A", 1)))
    assert line.code(transaction_id=TRANSACTION, token=issuer.token("ann")) == "other-order"


def test_operators_follow_everything_by_their_scope(issuer: Issuer) -> None:
    line = Line(issuer)
    token = issuer.token("op@shop", scope="orderbus/operate")
    answer = line.subscribe(operations=True, token=token)
    assert answer == {"type": "subscribed", "operations": True}
    assert line.service.feeds.followers == {OPERATIONS: {"c"}}


def test_nobody_else_follows_everything(issuer: Issuer) -> None:
    line = Line(issuer)
    assert line.code(operations=True, token=issuer.token("ann")) == "scope"
    assert line.code(operations=True, token=line.token()) == "scope"
    assert line.code(operations=True) == "invalid-token"
    assert line.service.feeds.followers == {}


@pytest.mark.parametrize(
    ("source", "is_open", "opens"),
    [
        (HERE, True, True),
        ("::1", True, True),
        (FAR, True, False),
        (HERE, False, False),
        ("", True, False),
    ],
)
def test_on_the_machine_itself_an_operator_needs_no_token_where_the_stage_says_so(
    source: str, *, is_open: bool, opens: bool
) -> None:
    line = Line(open_to_loopback=is_open)
    answer = line.say({"action": "subscribe", "operations": True}, source)
    assert answer is not None
    assert (answer["type"] == "subscribed") is opens


def test_being_on_the_machine_opens_no_order(line: Line) -> None:
    line = Line(open_to_loopback=True)
    answer = line.say({"action": "subscribe", "transaction_id": TRANSACTION}, HERE)
    assert answer is not None
    assert answer["code"] == "invalid-token"


def test_anybody_follows_products(line: Line) -> None:
    assert line.subscribe(product="A") is None
    assert line.service.feeds.followers == {Feed(Kind.PRODUCT, "A"): {"c"}}
    assert line.service.pushes.queued == [
        ProductFollowed(sku="A", connection_id="c", frame_id="frame-1")
    ]


def test_a_connection_follows_so_many_things_and_no_more(line: Line) -> None:
    for number in range(MOST_FEEDS):
        assert line.subscribe(product=f"A{number}") is None
    assert line.code(product="B") == "too-many"
    assert line.code(transaction_id=TRANSACTION, token=line.token()) == "too-many"
    assert line.subscribe(product="A0") is None  # it follows that already
    line.say({"action": "unsubscribe", "product": "A0"})
    assert line.subscribe(product="B") is None


def test_an_order_is_followed_by_so_many_connections_and_no_more(line: Line) -> None:
    for number in range(MOST_FOLLOWERS):
        line.service.connect(f"d{number}", ORDER)
    answer = line.subscribe(transaction_id=TRANSACTION, token=line.token())
    assert answer is not None
    assert answer["code"] == "too-many"
    assert line.service.connections.feeds["c"] == set()  # it takes no place of the fifty
    line.service.followers.forget("d0")
    assert line.subscribe(transaction_id=TRANSACTION, token=line.token()) is None


def test_a_connection_that_is_closed_already_follows_nothing(line: Line) -> None:
    line.service.followers.forget("c")
    assert line.subscribe(transaction_id=TRANSACTION, token=line.token()) is None
    assert line.service.journal.followers == {}
    assert line.service.pushes.queued == []


@pytest.mark.parametrize("about", [{"transaction_id": TRANSACTION}, {"product": "A"}])
def test_who_unsubscribes_is_told_no_more_and_needs_no_token(
    line: Line, about: dict[str, str]
) -> None:
    line.subscribe(**about, token=line.token())
    assert line.say({"action": "unsubscribe", **about}) == {"type": "unsubscribed", **about}
    assert line.service.connections.feeds["c"] == set()
    assert not any(line.service.journal.followers.values())
    assert not any(line.service.feeds.followers.values())


def test_who_unsubscribes_from_what_they_never_followed_is_told_the_same(line: Line) -> None:
    line.service.connect("d", ORDER)
    answer = line.say({"action": "unsubscribe", "transaction_id": TRANSACTION})
    assert answer == {"type": "unsubscribed", "transaction_id": TRANSACTION}
    assert line.service.journal.followers == {TRANSACTION: {"d"}}


def test_a_ping_is_answered(line: Line) -> None:
    assert line.say({"action": "ping"}) == {"type": "pong"}


BAD = [
    "",
    "x",
    "null",
    "[]",
    "7",
    "{}",
    '"ping"',
    {"action": "dance"},
    {"action": 7},
    {"action": "subscribe"},
    {"action": "unsubscribe"},
    {"action": "subscribe", "operations": False},
    {"action": "subscribe", "transaction_id": "no uuid", "token": "x"},
    {"action": "subscribe", "transaction_id": TRANSACTION, "product": "A"},
    {"action": "subscribe", "product": "no sku!"},
    {"action": "subscribe", "product": "A", "after": -1},
    {"action": "subscribe", "product": "A", "after": 10**10},
    {"action": "subscribe", "product": "A", "token": "t" * (LONGEST_TOKEN + 1)},
    "[" * 10_000,
    '{"action": "subscribe", "product": "\\ud800"}',
]


@pytest.mark.parametrize("body", BAD, ids=range(len(BAD)))
def test_what_is_no_message_is_said_to_be_none(line: Line, body: object) -> None:
    answer = line.say(body)
    assert answer is not None
    assert (answer["type"], answer["code"]) == ("error", "bad-message")
    assert 0 < len(answer["detail"]) < 200


def test_what_is_wrong_is_named_and_never_quoted(line: Line) -> None:
    answer = line.say({"action": "subscribe", "transaction_id": TRANSACTION, "token": ["secret-1"]})
    assert answer is not None
    assert "token" in answer["detail"]
    assert "secret" not in answer["detail"]
    answer = line.say({"action": "secret-2"})
    assert answer is not None
    assert "secret" not in answer["detail"]
    assert "subscribe" in answer["detail"]


ANY_JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
    max_leaves=5,
)
VALUES = (
    ANY_JSON
    | st.sampled_from(["subscribe", "unsubscribe", "ping", TRANSACTION, "A"])
    | st.text(st.characters(exclude_categories=()))
)
NAMES = st.sampled_from(
    ["action", "transaction_id", "product", "operations", "token", "after", "more"]
)
FRAMES = (
    st.text(st.characters(exclude_categories=()))
    | ANY_JSON.map(json.dumps)
    | st.dictionaries(NAMES, VALUES).map(json.dumps)
    | st.dictionaries(NAMES, VALUES).map(lambda d: json.dumps({"action": "subscribe"} | d))
)


@settings(deadline=None)
@given(FRAMES)
def test_whatever_is_sent_gets_a_frame_or_nothing_and_follows_no_order(body: str) -> None:
    line = Line()
    answer = line.say(body)
    assert answer is None or answer["type"] in {"error", "pong", "unsubscribed"}
    assert line.service.journal.followers.get(TRANSACTION, set()) == set()
    assert OPERATIONS not in line.service.feeds.followers
