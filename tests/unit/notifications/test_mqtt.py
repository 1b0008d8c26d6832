import hashlib
import hmac
import json
from typing import Any
from urllib.parse import parse_qsl, quote, unquote, urlsplit

import pytest
from events import confirmed, event, placed
from fakes_notifications import FakeJournal, FakeSts
from fakes_shared import TRANSACTION, FakeClock

from notifications.mqtt import Broker, Deps, open_session
from shared.events import OrderPlaced
from shared.http import ProblemError, Request

PREFIX = "arn:aws:iot:eu-central-1:123456789012"
TOPIC = f"orderbus/dev/orders/{TRANSACTION}"
OWN = {"scope": "read", "transaction_id": TRANSACTION}


class Session:
    """A stage's broker, and what STS was asked for."""

    def __init__(self, url: str = "wss://abc-ats.iot.eu-central-1.amazonaws.com/mqtt") -> None:
        self.journal, self.sts = FakeJournal(), FakeSts()
        broker = Broker(url, "arn:aws:iam::123456789012:role/follower", PREFIX, "dev", self.sts)
        self.deps = Deps(self.journal, broker, FakeClock())

    def open(self, **claims: str) -> dict[str, Any]:
        request = Request(path={"transaction_id": TRANSACTION}, claims=claims or OWN)
        answer = open_session(request, self.deps)
        assert answer.status == 201
        assert isinstance(answer.document, dict)
        return answer.document

    def code(self, **claims: str) -> str:
        with pytest.raises(ProblemError) as refused:
            self.open(**claims)
        assert self.sts.asked == []
        return f"{int(refused.value.status)} {refused.value.code}"


def test_an_address_says_what_to_subscribe_to_as_whom_and_until_when() -> None:
    answer = Session().open()
    assert answer["topic"] == TOPIC
    assert answer["expires_at"] == "2026-11-23T13:00:00Z"
    assert answer["client_id"].startswith("orderbus-dev-")
    assert answer["url"].startswith("wss://abc-ats.iot.eu-central-1.amazonaws.com/mqtt?")


def test_a_session_may_subscribe_to_one_topic_as_one_client_and_nothing_else() -> None:
    session = Session()
    answer = session.open()
    (asked,) = session.sts.asked
    assert json.loads(asked["Policy"]) == {
        "Version": "2012-10-17",
        "Statement": [
            {
                "Effect": "Allow",
                "Action": "iot:Connect",
                "Resource": f"{PREFIX}:client/{answer['client_id']}",
            },
            {
                "Effect": "Allow",
                "Action": "iot:Subscribe",
                "Resource": f"{PREFIX}:topicfilter/{TOPIC}",
            },
            {"Effect": "Allow", "Action": "iot:Receive", "Resource": f"{PREFIX}:topic/{TOPIC}"},
        ],
    }
    assert asked["DurationSeconds"] == 3600
    assert len(asked["RoleSessionName"]) <= 64


def test_two_sessions_of_one_order_do_not_end_each_other() -> None:
    session = Session()
    assert session.open()["client_id"] != session.open()["client_id"]


def _hmac(key: bytes, text: str) -> bytes:
    return hmac.new(key, text.encode(), hashlib.sha256).digest()


def _expected(address: str, secret: str) -> str:
    """Answers the signature of a presigned address by AWS's own description, step by step.

    https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_sigv-create-signed-request.html
    """
    parts = urlsplit(address)
    signed = [
        (name, value)
        for name, value in parse_qsl(parts.query)
        if name not in {"X-Amz-Signature", "X-Amz-Security-Token"}
    ]
    query = "&".join(f"{quote(n, safe='-_.~')}={quote(v, safe='-_.~')}" for n, v in sorted(signed))
    nothing = hashlib.sha256(b"").hexdigest()
    canonical = f"GET\n{parts.path}\n{query}\nhost:{parts.netloc}\n\nhost\n{nothing}"
    given = dict(signed)
    scope = given["X-Amz-Credential"].partition("/")[2]
    hashed = hashlib.sha256(canonical.encode()).hexdigest()
    text = f"AWS4-HMAC-SHA256\n{given['X-Amz-Date']}\n{scope}\n{hashed}"
    key = f"AWS4{secret}".encode()
    for part in scope.split("/"):
        key = _hmac(key, part)
    return _hmac(key, text).hex()


@pytest.mark.parametrize(
    "url", ["wss://abc-ats.iot.eu-central-1.amazonaws.com/mqtt", "ws://127.0.0.1:4600/mqtt"]
)
def test_the_address_is_signed_as_aws_describes_it(url: str) -> None:
    address = Session(url).open()["url"]
    given = dict(parse_qsl(urlsplit(address).query))
    assert given["X-Amz-Signature"] == _expected(address, "secret")
    assert given["X-Amz-Signature"] != _expected(address, "another")
    assert given["X-Amz-Credential"].endswith("/eu-central-1/iotdevicegateway/aws4_request")
    assert given["X-Amz-Expires"] == "3600"


def test_the_sessions_token_comes_after_what_is_signed_and_arrives_whole() -> None:
    query = urlsplit(Session().open()["url"]).query
    before, _, token = query.partition("&X-Amz-Security-Token=")
    assert "X-Amz-Signature=" in before
    assert unquote(token) == "a/token+with=signs"
    assert "/" not in token
    assert "+" not in token


def test_a_stage_without_mqtt_says_so() -> None:
    assert Session(url="").code() == "404 mqtt-off"


def test_another_orders_token_opens_no_session() -> None:
    assert Session().code(scope="read", transaction_id="x") == "403 other-order"
    assert Session().code(scope="cancel", transaction_id=TRANSACTION) == "403 scope"


def test_a_signed_in_shopper_opens_sessions_of_their_own_orders_alone() -> None:
    session = Session()
    assert session.code(scope="read", customer="ann") == "404 unknown-order"
    session.journal.append(confirmed())
    assert session.code(scope="read", customer="ann") == "404 unknown-order"
    data = placed(("A", 1)).data
    assert isinstance(data, OrderPlaced)
    session.journal.append(event("orders", data.model_copy(update={"customer_reference": "ann"})))
    assert session.code(scope="read", customer="bob") == "403 other-order"
    assert session.open(scope="read", customer="ann")["topic"] == TOPIC


def test_an_orders_token_opens_a_session_before_anything_was_heard_of_it() -> None:
    assert Session().open()["topic"] == TOPIC
