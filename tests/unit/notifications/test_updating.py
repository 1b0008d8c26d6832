from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from events import confirmed, euros, event, placed
from fakes_notifications import FakeJournal
from fakes_shared import NOON, TRANSACTION, FakeClock
from journals import EVERYTHING
from project import functions, resources

from notifications.updating import LONGEST_WAIT, MOST_STEPS, Deps, every_step, updates
from shared.events import Envelope, OrderPlaced, PaymentCaptured, StockCommitted
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


class Wait:
    """A caller who waits, a clock that sleeping moves, and what happens meanwhile."""

    def __init__(self, **happens: Callable[[], object]) -> None:
        self.journal, self.clock = FakeJournal(), FakeClock()
        self.reads = 0
        self.happens = {float(at.removeprefix("at")): doing for at, doing in happens.items()}

    def ask(self, wait: str = "20", after: str = "0", etag: str | None = None) -> Response:
        request = _request(after, etag)
        query = {**request.query, "wait": wait}
        asked = Request(
            path=request.path, query=query, headers=request.headers, claims=request.claims
        )
        return updates(asked, Deps(self.journal, self.clock, self.sleep))

    def sleep(self, seconds: float) -> None:
        assert seconds > 0
        self.reads += 1
        self.clock.forward(seconds)
        for at in [at for at in self.happens if at <= self.waited]:
            self.happens.pop(at)()

    @property
    def waited(self) -> float:
        return (self.clock() - NOON).total_seconds()


def test_a_caller_who_waits_is_answered_as_soon_as_there_is_something_newer() -> None:
    wait = Wait(at7=lambda: wait.journal.append(placed(("A", 1))))
    assert _view(wait.ask())["sequence"] == 1
    assert 7 <= wait.waited < 8.6


def test_a_caller_who_waits_in_vain_is_answered_at_the_end_and_told_what_they_have() -> None:
    wait = Wait()
    wait.journal.append(placed(("A", 1)))
    response = wait.ask(wait="5", after="1")
    assert (_view(response)["sequence"], wait.waited) == (1, 5)
    etag = response.headers["etag"]
    response = wait.ask(wait="5", etag=etag)
    assert (response.status, response.document, wait.waited) == (304, None, 10)


def test_what_is_there_already_is_not_waited_for() -> None:
    wait = Wait()
    wait.journal.append(placed(("A", 1)))
    assert wait.ask(after="0").status == 200
    assert wait.waited == 0


def test_who_has_the_newest_by_its_etag_waits_for_a_newer_one() -> None:
    wait = Wait(at3=lambda: wait.journal.append(confirmed()))
    wait.journal.append(placed(("A", 1)))
    response = wait.ask(etag='"1"')
    assert (response.status, _view(response)["sequence"]) == (200, 2)
    assert 3 <= wait.waited < 4.6


def test_the_longest_wait_reads_the_journal_a_few_times_only_and_fits_the_gateway() -> None:
    wait = Wait()
    wait.ask(wait=str(LONGEST_WAIT))
    assert wait.waited == LONGEST_WAIT
    assert wait.reads < LONGEST_WAIT
    (function,) = (f for f in functions("notifications") if f.logical_id == "GetUpdatesFunction")
    assert LONGEST_WAIT < function.properties["Timeout"] < 30


@pytest.mark.parametrize("wait", ["21", "-1", "x", "1.5", "", "0000000020", "99999999999"])
def test_a_wait_that_is_none_or_too_long_is_refused(wait: str) -> None:
    with pytest.raises(ProblemError) as raised:
        Wait().ask(wait=wait)
    assert [e.field for e in raised.value.errors] == ["wait"]
    assert "20" in raised.value.detail


def _steps(journal: FakeJournal, after: int = 0) -> dict[str, Any]:
    answer = every_step(_request(str(after)), journal)
    assert answer.status == 200
    return _view(answer)


def test_steps_are_paged_and_pages_leave_nothing_out() -> None:
    journal = FakeJournal()
    for number in range(2 * MOST_STEPS + 3):
        kind = EVERYTHING[number % len(EVERYTHING)]
        journal.append(event(kind.service, kind.data, cause=str(number)))
    found: list[dict[str, Any]] = []
    sizes, more = [], True
    while more:
        page = _steps(journal, after=len(found))
        found += page["steps"]
        sizes.append(len(page["steps"]))
        more = page["more"]
    assert sizes == [50, 50, 3]
    assert [(s["from_sequence"], s["sequence"]) for s in found] == [
        (n, n + 1) for n in range(2 * MOST_STEPS + 3)
    ]


@pytest.mark.parametrize("after", [0, 7])
def test_an_order_without_further_events_has_no_further_steps(after: int) -> None:
    assert _steps(FakeJournal(), after) == {
        "transaction_id": TRANSACTION,
        "steps": [],
        "more": False,
    }


def test_exactly_a_page_has_no_more() -> None:
    journal = FakeJournal()
    for number in range(MOST_STEPS):
        journal.append(event("orders", confirmed().data, cause=str(number)))
    assert _steps(journal)["more"] is False


def _owned(customer: str) -> Envelope:
    data = placed(("A", 1)).data
    assert isinstance(data, OrderPlaced)
    return event("orders", data.model_copy(update={"customer_reference": customer}))


def _by_polling(request: Request, journal: FakeJournal) -> Response:
    return updates(request, _deps(journal))


@pytest.mark.parametrize("answer", [every_step, _by_polling])
def test_a_signed_in_shopper_reads_orders_of_theirs_alone(
    answer: Callable[[Request, FakeJournal], Response],
) -> None:
    journal = FakeJournal()
    asked = {
        name: Request(
            path={"transaction_id": TRANSACTION}, claims={"scope": "read", "customer": name}
        )
        for name in ("ann", "bob")
    }
    with pytest.raises(ProblemError) as raised:
        answer(asked["ann"], journal)
    assert (raised.value.status, raised.value.code) == (404, "unknown-order")
    journal.append(_owned("ann"))
    assert answer(asked["ann"], journal).status == 200
    with pytest.raises(ProblemError) as raised:
        answer(asked["bob"], journal)
    assert (raised.value.status, raised.value.code) == (403, "other-order")
