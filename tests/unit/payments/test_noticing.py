import base64
import hashlib
import hmac
import json
from collections.abc import Iterable

import pytest
from events import placed
from fakes_shared import NOON, TRANSACTION, FakeBus
from till import Till

from payments import acting
from payments.noticing import Deps, notice
from shared.bus import Bus
from shared.errors import PublishError
from shared.events import Envelope
from shared.http import ProblemError, Request

SECRET = "whsec_test"


def _signed(document: object, *, at: int = 0, secret: str = SECRET) -> Request:
    body, sent_at = json.dumps(document).encode(), str(int(NOON.timestamp()) + at)
    digest = hmac.new(secret.encode(), f"msg_1.{sent_at}.".encode() + body, hashlib.sha256)
    signature = base64.b64encode(digest.digest()).decode()
    headers = {
        "webhook-id": "msg_1",
        "webhook-timestamp": sent_at,
        "webhook-signature": f"v1,AAAA v1,{signature}",
    }
    return Request(headers=headers, body=body)


def _document(outcome: str = "succeeded") -> dict[str, str]:
    return {"transaction_id": TRANSACTION, "outcome": outcome}


def _deps(bus: Bus) -> Deps:
    till = Till()
    till.tell(placed(("A", 2), method="pm_sandbox_action_required"))
    return Deps(acting.Deps(till.deps, till.sandbox, bus), lambda: SECRET, till.clock)


@pytest.mark.parametrize(
    ("outcome", "told"), [("succeeded", "PaymentAuthorized"), ("failed", "PaymentDeclined")]
)
def test_a_notice_leads_to_what_the_providers_books_say(outcome: str, told: str) -> None:
    bus = FakeBus()
    deps = _deps(bus)
    for _ in range(2):
        assert notice(_signed(_document(outcome)), deps).status == 200
    assert bus.names() == [told, told]
    assert len({e.event_id for e in bus.published}) == 1


@pytest.mark.parametrize(
    "request_sent",
    [
        _signed(_document(), secret="another"),
        _signed(_document(), at=301),
        _signed(_document(), at=-301),
        Request(body=b"{}"),
        Request(headers={"webhook-timestamp": "x", "webhook-signature": "v1,é"}, body=b"{}"),
    ],
)
def test_a_notice_that_the_provider_did_not_sign_lately_is_refused(request_sent: Request) -> None:
    bus = FakeBus()
    with pytest.raises(ProblemError) as refused:
        notice(request_sent, _deps(bus))
    assert refused.value.status == 401
    assert bus.published == []


def test_an_altered_notice_is_refused() -> None:
    genuine = _signed(_document("failed"))
    altered = Request(headers=genuine.headers, body=json.dumps(_document()).encode())
    with pytest.raises(ProblemError):
        notice(altered, _deps(FakeBus()))


def test_a_signed_notice_that_says_nothing_we_know_is_named() -> None:
    with pytest.raises(ProblemError) as refused:
        notice(_signed({"transaction_id": TRANSACTION, "outcome": "perhaps"}), _deps(FakeBus()))
    assert [e.field for e in refused.value.errors] == ["outcome"]


def test_a_notice_that_could_not_be_published_is_sent_again_and_published_then() -> None:
    class Refusing(FakeBus):
        """Refuses once."""

        refused = False

        def publish(self, envelopes: Iterable[Envelope]) -> None:
            if not self.refused:
                self.refused = True
                raise PublishError({"e": "InternalFailure"})
            super().publish(envelopes)

    bus = Refusing()
    deps = _deps(bus)
    with pytest.raises(PublishError):
        notice(_signed(_document()), deps)
    notice(_signed(_document()), deps)
    assert bus.names() == ["PaymentAuthorized"]
