from collections.abc import Iterator
from datetime import timedelta

import jwt
import pytest
from fakes_shared import NOON, TRANSACTION, FakeClock
from hypothesis import given
from hypothesis import strategies as st
from oidc import AUDIENCE, Issuer, running_issuer
from published_keys import PublishedKeys

from shared.callers import OPERATE, Caller, Callers, signed_in
from shared.errors import RetryLaterError
from shared.identity import Identity
from shared.keys import CachedKeys
from shared.problems import ProblemError
from shared.tokens import InvalidTokenError, sign

OTHER = "1b5bfb4e-3d0c-5a39-9f0c-2f9f2f7e4f11"
BOTH = ("read", "cancel")


@pytest.fixture(scope="module")
def issuer() -> Iterator[Issuer]:
    with running_issuer(clock=NOON.timestamp) as running:
        yield running


def _callers(server: Issuer, source: PublishedKeys | None = None, **identity: str) -> Callers:
    clock = FakeClock()
    known = Identity.model_validate({"issuer": server.url, "audience": AUDIENCE} | identity)
    keys = CachedKeys(source or PublishedKeys(), clock)
    return Callers(keys, signed_in(known, clock), clock)


def _reason(callers: Callers, token: str) -> str:
    with pytest.raises(InvalidTokenError) as refused:
        callers.identify(token)
    return refused.value.reason


def test_a_tracking_token_speaks_for_its_order(issuer: Issuer) -> None:
    source = PublishedKeys()
    token = sign(source.rotate(), TRANSACTION, issued_at=NOON, lifetime=timedelta(days=1))
    assert _callers(issuer, source).identify(token) == Caller(BOTH, transaction_id=TRANSACTION)


def test_the_issuers_token_speaks_for_its_shopper(issuer: Issuer) -> None:
    assert _callers(issuer).identify(issuer.token("ann")) == Caller(BOTH, customer="ann")


def test_the_stage_says_which_claim_is_the_customer(issuer: Issuer) -> None:
    callers = _callers(issuer, customer_claim="customer_id")
    assert callers.identify(issuer.token("x|y", customer_id="c-7")).customer == "c-7"
    assert callers.identify(issuer.token("c-7")).customer is None


@pytest.mark.parametrize("sub", ["auth0|7", "a@b.example", "", "x" * 65, "a\n", "é"])
def test_who_is_no_customer_reference_is_nobodys_customer(issuer: Issuer, sub: str) -> None:
    assert _callers(issuer).identify(issuer.token(sub)).customer is None


@pytest.mark.parametrize("scope", ["orderbus/operate", "openid orderbus/operate"])
def test_the_operators_scope_makes_an_operator(issuer: Issuer, scope: str) -> None:
    assert OPERATE in _callers(issuer).identify(issuer.token("x@y", scope=scope)).scopes


@pytest.mark.parametrize("scope", [None, "operate", "orderbus/operate2", "orderbus"])
def test_no_other_scope_makes_an_operator(issuer: Issuer, scope: str | None) -> None:
    assert _callers(issuer).identify(issuer.token("ann", scope=scope)).scopes == BOTH


def test_a_stage_may_name_the_operators_scope_and_issuers_may_list_scopes(issuer: Issuer) -> None:
    callers = _callers(issuer, operator_scope="staff")
    assert OPERATE in callers.identify(issuer.token("ann", scopes="x", scope="staff")).scopes
    listed = issuer.token("ann", scope=["staff", "x"])  # type: ignore[arg-type]
    assert OPERATE in callers.identify(listed).scopes
    odd = issuer.token("ann", scope=7)  # type: ignore[arg-type]
    assert callers.identify(odd).scopes == BOTH


def test_without_an_issuer_its_token_is_nobodys_and_nobody_is_asked(issuer: Issuer) -> None:
    source, asked = PublishedKeys(), len(issuer.asked)
    callers = _callers(issuer, source, issuer="")
    assert _reason(callers, issuer.token("ann")) == "malformed"
    assert (source.reads, len(issuer.asked)) == (0, asked)


def test_a_token_of_an_issuer_that_nobody_named_makes_us_read_no_keys(issuer: Issuer) -> None:
    source, asked = PublishedKeys(), len(issuer.asked)
    token = issuer.token("ann", iss="https://elsewhere.example")
    assert _reason(_callers(issuer, source), token) == "malformed"
    assert (source.reads, len(issuer.asked)) == (0, asked)


def test_the_issuer_cannot_sign_tracking_tokens(issuer: Issuer) -> None:
    source = PublishedKeys()
    source.rotate()
    token = issuer.token(TRANSACTION, scope="read cancel", iss="orderbus")
    assert _reason(_callers(issuer, source), token) == "unknown_key"


def test_a_tracking_key_cannot_sign_for_the_issuer(issuer: Issuer) -> None:
    source = PublishedKeys()
    key = source.rotate()
    claims = {"iss": issuer.url, "aud": AUDIENCE, "sub": "ann", "exp": 2**40}
    token = jwt.encode(claims, key.private_key_pem, "EdDSA", headers={"kid": key.kid})
    assert _reason(_callers(issuer, source), token) == "unknown_key"


def test_an_expired_token_of_the_issuer_is_expired(issuer: Issuer) -> None:
    assert _reason(_callers(issuer), issuer.token("ann", expires_in=0)) == "expired"


def test_strangers_cannot_make_us_hammer_the_issuer(issuer: Issuer) -> None:
    stranger = Issuer(issuer.url, NOON.timestamp)
    stranger.rotate("key-of-a-stranger")
    callers, asked = _callers(issuer), len(issuer.asked)
    for _ in range(20):
        assert _reason(callers, stranger.token("ann")) == "unknown_key"
    assert len(issuer.asked) == asked + 2  # its discovery and its keys, once


def test_shoppers_stay_signed_in_while_the_issuer_is_out_of_reach() -> None:
    with running_issuer(clock=NOON.timestamp) as gone:
        clock = FakeClock()
        identity = Identity(issuer=gone.url, audience=AUDIENCE)
        known = signed_in(identity, clock)
        assert known is not None
        assert known.identify(gone.token("ann", expires_in=10**6)).customer == "ann"
    clock.forward(3600)
    assert known.identify(gone.token("bob", expires_in=10**6)).customer == "bob"
    fresh = signed_in(identity, clock)
    assert fresh is not None
    with pytest.raises(RetryLaterError):
        fresh.identify(gone.token("ann", expires_in=10**6))


@pytest.mark.parametrize("token", ["", "x", "a.b.c", "é", "\ud800", "a.W1tb.c"])
def test_what_is_no_token_speaks_for_nobody(issuer: Issuer, token: str) -> None:
    assert _reason(_callers(issuer), token) == "malformed"


@given(st.text(st.characters(exclude_categories=())))
def test_no_text_gets_anything_but_a_refusal(text: str) -> None:
    callers = Callers(CachedKeys(PublishedKeys(), FakeClock()), None, FakeClock())
    head = sign(PublishedKeys().rotate(), "t", issued_at=NOON, lifetime=timedelta(1)).split(".")[0]
    for token in (text, f"{head}.{text}.x"):
        with pytest.raises(InvalidTokenError):
            callers.identify(token)


def test_deeply_nested_claims_are_no_token() -> None:
    deep = jwt.utils.base64url_encode(b"[" * 100_000).decode()
    callers = Callers(CachedKeys(PublishedKeys(), FakeClock()), None, FakeClock())
    for token in (f"{deep}.{deep}.x", f"e30.{deep}.x"):
        assert _reason(callers, token) == "malformed"


def _code(caller: Caller, transaction_id: str, scope: str) -> str | None:
    try:
        caller.check(transaction_id, scope)
    except ProblemError as problem:
        return f"{int(problem.status)} {problem.code}"
    return None


def test_a_tracking_token_opens_its_own_order_whoever_owns_it() -> None:
    caller = Caller(("read",), transaction_id=TRANSACTION)
    assert _code(caller, TRANSACTION, "read") is None
    assert _code(caller, TRANSACTION, "cancel") == "403 scope"
    assert _code(caller, OTHER, "read") == "403 other-order"
    for owner in (None, "ann"):
        caller.check_owner(owner)


def test_a_signed_in_shopper_opens_orders_of_theirs_alone() -> None:
    caller = Caller(BOTH, customer="ann")
    assert _code(caller, OTHER, "cancel") is None
    caller.check_owner("ann")
    for owner in (None, "", "Ann", "bob"):
        with pytest.raises(ProblemError) as refused:
            caller.check_owner(owner)
        assert refused.value.code == "other-order"


@pytest.mark.parametrize("caller", [Caller((*BOTH, OPERATE)), Caller(())])
def test_who_is_nobodys_customer_opens_no_order(caller: Caller) -> None:
    assert _code(caller, TRANSACTION, "read") == "403 other-order"
    for owner in (None, ""):
        with pytest.raises(ProblemError):
            caller.check_owner(owner)


@pytest.mark.parametrize(
    "caller",
    [
        Caller(BOTH, transaction_id=TRANSACTION),
        Caller((*BOTH, OPERATE), customer="ann"),
        Caller((OPERATE,)),
        Caller(()),
    ],
)
def test_what_the_authorizer_says_of_a_caller_arrives(caller: Caller) -> None:
    assert all(isinstance(value, str) for value in caller.context().values())
    assert Caller.from_context(caller.context()) == caller
