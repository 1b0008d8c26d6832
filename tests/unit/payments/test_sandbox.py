import pytest
from events import euros
from fakes_shared import TRANSACTION
from till import Till

from payments.domain.outcomes import (
    ActionRequired,
    Authorized,
    Captured,
    CaptureRefused,
    Declined,
    Refunded,
    Unknown,
    Voided,
)
from payments.ports import ProviderTimeoutError
from payments.sandbox import SandboxProvider
from shared import replay
from shared.errors import ReplayRefusedError, RetryLaterError

KEY = f"{TRANSACTION}:authorize"


@pytest.fixture
def sandbox() -> SandboxProvider:
    return Till().sandbox


def _authorize(sandbox: SandboxProvider, method: str = "approve", key: str = KEY) -> str:
    outcome = sandbox.authorize(
        key,
        transaction_id=TRANSACTION,
        amount=euros(200),
        payment_method=f"pm_sandbox_{method}",
    )
    assert isinstance(outcome, Authorized)
    return outcome.authorization_id


def test_the_same_key_is_the_same_payment_and_another_key_another(
    sandbox: SandboxProvider,
) -> None:
    assert _authorize(sandbox) == _authorize(sandbox)
    assert _authorize(sandbox) != _authorize(sandbox, key="another:authorize")


def test_a_capture_is_taken_once_and_answered_each_time(sandbox: SandboxProvider) -> None:
    held = _authorize(sandbox)
    for _ in range(2):
        assert sandbox.capture("k", authorization_id=held, amount=euros(200)) == Captured()


def test_a_capture_of_another_amount_or_of_nothing_is_refused(sandbox: SandboxProvider) -> None:
    held = _authorize(sandbox)
    for wrong in (
        sandbox.capture("k", authorization_id=held, amount=euros(201)),
        sandbox.capture("k", authorization_id="nothing", amount=euros(200)),
    ):
        assert isinstance(wrong, CaptureRefused)
    sandbox.void("v", authorization_id=held)
    late = sandbox.capture("k", authorization_id=held, amount=euros(200))
    assert isinstance(late, CaptureRefused)


def test_only_what_is_held_is_voided(sandbox: SandboxProvider) -> None:
    assert sandbox.void("v", authorization_id="nothing") == Unknown()
    held = _authorize(sandbox)
    sandbox.capture("k", authorization_id=held, amount=euros(200))
    with pytest.raises(RetryLaterError):
        sandbox.void("v", authorization_id=held)


def test_only_what_was_taken_is_refunded(sandbox: SandboxProvider) -> None:
    held = _authorize(sandbox)
    with pytest.raises(RetryLaterError):
        sandbox.refund("r", authorization_id=held, amount=euros(200))
    sandbox.capture("k", authorization_id=held, amount=euros(200))
    for _ in range(2):
        assert sandbox.refund("r", authorization_id=held, amount=euros(200)) == Refunded()


def test_a_lookup_says_what_the_books_say(sandbox: SandboxProvider) -> None:
    assert sandbox.lookup(KEY) == Unknown()
    held = _authorize(sandbox)
    assert sandbox.lookup(KEY) == Authorized(held)
    sandbox.capture("k", authorization_id=held, amount=euros(200))
    assert sandbox.lookup(KEY) == Captured()
    sandbox.refund("r", authorization_id=held, amount=euros(200))
    assert sandbox.lookup(KEY) == Refunded()


def test_a_lookup_knows_payments_that_hold_nothing(sandbox: SandboxProvider) -> None:
    held = _authorize(sandbox)
    sandbox.void("v", authorization_id=held)
    assert sandbox.lookup(KEY) == Voided()
    for method, outcome in (("decline", Declined), ("action_required", ActionRequired)):
        sandbox.authorize(
            method,
            transaction_id=TRANSACTION,
            amount=euros(1),
            payment_method=f"pm_sandbox_{method}",
        )
        assert isinstance(sandbox.lookup(method), outcome)


def test_a_payment_that_has_no_answer_yet_has_none_on_looking_it_up(
    sandbox: SandboxProvider,
) -> None:
    with pytest.raises(ProviderTimeoutError):
        _authorize(sandbox, "slow")
    with pytest.raises(ProviderTimeoutError):
        sandbox.lookup(KEY)


def test_a_slow_payment_gets_its_answer_with_nobody_asking() -> None:
    till = Till()
    with pytest.raises(ProviderTimeoutError):
        _authorize(till.sandbox, "slow")
    till.clock.forward(30)
    held = till.sandbox.lookup(KEY)
    assert isinstance(held, Authorized)
    captured = till.sandbox.capture("k", authorization_id=held.authorization_id, amount=euros(200))
    assert captured == Captured()


def test_two_calls_at_once_with_the_same_key_make_one_payment() -> None:
    till = Till()
    till.books.conflicts = 1
    with pytest.raises(ProviderTimeoutError):
        _authorize(till.sandbox)
    _authorize(till.sandbox)
    assert till.at_provider == ["authorized"]


def test_nothing_is_asked_of_a_provider_on_behalf_of_a_replayed_event(
    sandbox: SandboxProvider,
) -> None:
    held = _authorize(sandbox)
    with replay.handling("drill"):
        with pytest.raises(ReplayRefusedError):
            _authorize(sandbox)
        with pytest.raises(ReplayRefusedError):
            sandbox.capture("k:capture", authorization_id=held, amount=euros(200))
    assert sandbox.lookup(KEY) == Authorized(held)
