from datetime import timedelta
from typing import Any

import pytest
from events import confirmed, euros, event, placed
from fakes_notifications import FakeJournal
from fakes_shared import NOON, TRANSACTION, FakeClock
from project import resources

from notifications.updating import Deps, updates
from shared.events import PaymentCaptured, StockCommitted
from shared.http import ProblemError, Request, Response

CAPTURED = event("payments", PaymentCaptured(amount=euros(100)))
COMMITTED = event("inventory", StockCommitted(lines=()))


def _request(after: str | None = None, etag: str | None = None) -> Request:
    return Request(
        path={"transaction_id": TRANSACTION},
        query={} if after is None else {"after": after},
        headers={} if etag is None else {"if-none-match": etag},
        claims={"transaction_id": TRANSACTION, "scope": "read"},
    )


def _deps(journal: FakeJournal, clock: FakeClock | None = None) -> Deps:
    clock = clock or FakeClock()
    return Deps(journal, clock, clock.forward)


def _ask(journal: FakeJournal, **asked: str) -> Response:
    return updates(_request(**asked), _deps(journal))


def _view(response: Response) -> dict[str, Any]:
    assert isinstance(response.document, dict)
    return response.document


def test_an_order_that_nothing_was_heard_of_is_accepted_not_missing() -> None:
    response = _ask(FakeJournal())
    assert response.status == 200
    assert _view(response)["status"] == "ACCEPTED"
    assert _view(response)["sequence"] == 0


def test_an_update_says_from_where_to_where_it_reaches() -> None:
    journal = FakeJournal()
    for envelope in (placed(("A", 1)), confirmed(), confirmed()):
        journal.append(envelope)
    view = _view(_ask(journal, after="1"))
    assert (view["from_sequence"], view["sequence"]) == (1, 2)
    assert view["transaction_id"] == TRANSACTION


def test_a_caller_who_is_ahead_of_us_is_told_where_we_are() -> None:
    assert _view(_ask(FakeJournal(), after="7"))["from_sequence"] == 0


def test_what_the_caller_has_already_is_not_sent_again() -> None:
    journal = FakeJournal()
    journal.append(placed(("A", 1)))
    etag = _ask(journal).headers["etag"]
    again = _ask(journal, etag=etag)
    assert (again.status, again.document) == (304, None)
    journal.append(confirmed())
    assert _ask(journal, etag=etag).status == 200


@pytest.mark.parametrize(
    "after", ["-1", "x", "1.5", "", "²", "9" * 30, "0" * 20 + "9" * 20, "0" * 20 + "9" * 5000]
)
def test_an_after_that_is_no_sequence_number_is_refused(after: str) -> None:
    with pytest.raises(ProblemError) as raised:
        _ask(FakeJournal(), after=after)
    assert [e.field for e in raised.value.errors] == ["after"]


def test_the_pace_of_asking_slows_down_with_the_order() -> None:
    journal = FakeJournal()
    journal.append(placed(("A", 1)))
    paces = [
        updates(_request(), _deps(journal, FakeClock(NOON + timedelta(seconds=age)))).headers[
            "retry-after"
        ]
        for age in (0, 20, 1000)
    ]
    assert paces == ["1", "4", "30"]


def test_nobody_is_asked_to_come_back_once_everything_is_done() -> None:
    journal = FakeJournal()
    for envelope in (placed(("A", 1)), confirmed(), CAPTURED, COMMITTED):
        assert "retry-after" in _ask(journal).headers
        journal.append(envelope)
    response = _ask(journal)
    assert _view(response)["final"] is True
    assert "retry-after" not in response.headers


def test_a_page_in_a_browser_may_read_and_send_what_polling_takes() -> None:
    cors = resources("shared", "AWS::ApiGatewayV2::Api")["HttpApi"]["Properties"][
        "CorsConfiguration"
    ]
    assert set(_ask(FakeJournal()).headers) <= set(cors["ExposeHeaders"])
    assert {"authorization", "if-none-match"} <= set(cors["AllowHeaders"])


def test_a_token_that_may_only_cancel_does_not_read() -> None:
    request = Request(
        path={"transaction_id": TRANSACTION},
        claims={"transaction_id": TRANSACTION, "scope": "cancel"},
    )
    with pytest.raises(ProblemError, match="read"):
        updates(request, _deps(FakeJournal()))


def test_another_orders_token_opens_nothing() -> None:
    request = Request(
        path={"transaction_id": TRANSACTION}, claims={"transaction_id": "x", "scope": "read"}
    )
    with pytest.raises(ProblemError):
        updates(request, _deps(FakeJournal()))
