from dataclasses import dataclass, field
from datetime import timedelta

import pytest
from fakes_shared import NOON, TRANSACTION, FakeClock

from authorizer.authorizing import CachedKeys, KeysUnavailableError, authorize
from local_stack.signing_keys import new_pair
from shared.tokens import PublicKeys, SigningKey, sign


@dataclass
class Keys:
    """Public keys as published now."""

    published: PublicKeys = field(default_factory=lambda: PublicKeys({}))
    reads: int = 0
    out_of_reach: bool = False

    def read(self) -> PublicKeys:
        """Answers the keys as published now."""
        self.reads += 1
        if self.out_of_reach:
            raise KeysUnavailableError
        return self.published

    def rotate(self) -> SigningKey:
        """Publishes a new key beside the old ones."""
        private, jwks = new_pair()
        fresh = PublicKeys.from_jwks(jwks)
        self.published = PublicKeys({**self.published.by_kid, **fresh.by_kid})
        return SigningKey.from_parameter(private)


def _token(key: SigningKey) -> str:
    return sign(key, TRANSACTION, issued_at=NOON, lifetime=timedelta(days=1))


def _ask(keys: CachedKeys, header: str | None) -> dict[str, object]:
    headers = {} if header is None else {"Authorization": header}
    return authorize({"headers": headers}, keys)


def test_a_valid_token_tells_the_route_which_order_it_opens() -> None:
    source = Keys()
    token = _token(source.rotate())
    assert _ask(CachedKeys(source, FakeClock()), f"Bearer {token}") == {
        "isAuthorized": True,
        "context": {"transaction_id": TRANSACTION, "scope": "read cancel"},
    }


@pytest.mark.parametrize("name", ["authorization", "Authorization", "AUTHORIZATION"])
@pytest.mark.parametrize("kind", ["Bearer", "bearer", "BEARER"])
def test_neither_the_headers_name_nor_its_kind_depends_on_case(name: str, kind: str) -> None:
    source = Keys()
    event = {"headers": {name: f"{kind}  {_token(source.rotate())} "}}
    assert authorize(event, CachedKeys(source, FakeClock()))["isAuthorized"]


@pytest.mark.parametrize("event", [{}, {"headers": None}, {"headers": {"x": "y"}}])
def test_a_call_without_headers_is_refused(event: dict[str, object]) -> None:
    assert authorize(event, CachedKeys(Keys(), FakeClock())) == {"isAuthorized": False}


def test_a_token_opens_what_it_was_signed_for_and_no_more() -> None:
    source = Keys()
    key = source.rotate()
    token = sign(key, "t", issued_at=NOON, lifetime=timedelta(days=1), scopes=("read",))
    answer = _ask(CachedKeys(source, FakeClock()), f"Bearer {token}")
    assert answer["context"] == {"transaction_id": "t", "scope": "read"}


def test_what_is_no_token_does_not_even_make_us_read_the_keys() -> None:
    source = Keys()
    for header in ("", "Basic eDp5", "Bearer x.y.z"):
        _ask(CachedKeys(source, FakeClock()), header)
    assert source.reads == 0


@pytest.mark.parametrize("header", [None, "", "Bearer", "Bearer ", "Basic eDp5", "Bearer x.y.z"])
def test_anything_else_is_refused(header: str | None) -> None:
    source = Keys()
    source.rotate()
    assert _ask(CachedKeys(source, FakeClock()), header) == {"isAuthorized": False}


def test_an_expired_token_is_refused() -> None:
    source, clock = Keys(), FakeClock()
    token, keys = _token(source.rotate()), CachedKeys(source, clock)
    clock.forward(24 * 3600)
    assert _ask(keys, f"Bearer {token}") == {"isAuthorized": False}


def test_the_keys_are_read_again_after_five_minutes() -> None:
    source, clock = Keys(), FakeClock()
    token, keys = _token(source.rotate()), CachedKeys(source, clock)
    for pause, reads in ((0, 1), (299, 1), (1, 2)):
        clock.forward(pause)
        assert _ask(keys, f"Bearer {token}")["isAuthorized"]
        assert source.reads == reads


def test_a_key_that_was_just_rotated_in_is_known_within_seconds() -> None:
    source, clock = Keys(), FakeClock()
    old, keys = _token(source.rotate()), CachedKeys(source, clock)
    assert _ask(keys, f"Bearer {old}")["isAuthorized"]
    new = _token(source.rotate())
    assert not _ask(keys, f"Bearer {new}")["isAuthorized"]
    clock.forward(10)
    assert _ask(keys, f"Bearer {new}")["isAuthorized"]
    assert _ask(keys, f"Bearer {old}")["isAuthorized"]


def test_a_key_that_was_withdrawn_opens_nothing_after_five_minutes() -> None:
    source, clock = Keys(), FakeClock()
    token, keys = _token(source.rotate()), CachedKeys(source, clock)
    assert _ask(keys, f"Bearer {token}")["isAuthorized"]
    source.published = PublicKeys({})
    clock.forward(300)
    assert not _ask(keys, f"Bearer {token}")["isAuthorized"]


def test_unknown_keys_do_not_make_us_read_at_their_pace() -> None:
    source, clock = Keys(), FakeClock()
    source.rotate()
    stranger = _token(Keys().rotate())
    keys = CachedKeys(source, clock)
    for _ in range(50):
        _ask(keys, f"Bearer {stranger}")
    assert source.reads == 1
    clock.forward(9.999)
    _ask(keys, f"Bearer {stranger}")
    assert source.reads == 1
    clock.forward(0.001)
    _ask(keys, f"Bearer {stranger}")
    assert source.reads == 2


def test_known_keys_go_on_opening_orders_while_no_keys_can_be_read() -> None:
    source, clock = Keys(), FakeClock()
    token, keys = _token(source.rotate()), CachedKeys(source, clock)
    assert _ask(keys, f"Bearer {token}")["isAuthorized"]
    source.out_of_reach = True
    for pause, reads in ((300, 2), (9, 2), (1, 3)):
        clock.forward(pause)
        assert _ask(keys, f"Bearer {token}")["isAuthorized"]
        assert source.reads == reads
    source.out_of_reach, source.published = False, PublicKeys({})
    clock.forward(10)
    assert not _ask(keys, f"Bearer {token}")["isAuthorized"]


def test_a_key_that_nobody_knows_yet_waits_for_the_keys() -> None:
    source = Keys(out_of_reach=True)
    token = _token(source.rotate())
    with pytest.raises(KeysUnavailableError):
        _ask(CachedKeys(source, FakeClock()), f"Bearer {token}")
