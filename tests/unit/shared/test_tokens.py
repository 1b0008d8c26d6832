import json
import string
from datetime import timedelta

import jwt
import pytest
from cryptography.hazmat.primitives.asymmetric import ec
from fakes_shared import NOON, TRANSACTION
from hypothesis import example, given, settings
from hypothesis import strategies as st

from local_stack.signing_keys import new_pair
from shared.keys import PublicKeys
from shared.tokens import InvalidTokenError, SigningKey, key_id, sign, verify

DAY = timedelta(days=1)
CLAIMS = {"iss": "orderbus", "sub": TRANSACTION, "scope": "read", "iat": 0, "exp": 2**40}
BASE64 = string.ascii_letters + string.digits + "-_"


class Pair:
    """A key pair."""

    def __init__(self) -> None:
        private, self.jwks = new_pair()
        self.private = SigningKey.from_parameter(private)
        self.public = PublicKeys.from_jwks(self.jwks)

    def sign(self) -> str:
        return sign(self.private, TRANSACTION, issued_at=NOON, lifetime=DAY, scopes=("read",))


PAIR, STRANGER = Pair(), Pair()


def _reason(token: str, keys: PublicKeys = PAIR.public, after: timedelta = DAY / 2) -> str:
    with pytest.raises(InvalidTokenError) as refused:
        verify(token, keys, NOON + after)
    return refused.value.reason


def test_a_token_opens_what_it_was_signed_for() -> None:
    opened = verify(PAIR.sign(), PAIR.public, NOON)
    assert (opened.transaction_id, opened.scopes) == (TRANSACTION, ("read",))


def test_the_same_inputs_give_the_same_token() -> None:
    assert PAIR.sign() == PAIR.sign()


def test_a_token_expires() -> None:
    assert _reason(PAIR.sign(), after=DAY) == "expired"


def test_an_altered_token_is_refused() -> None:
    header, claims, signature = PAIR.sign().split(".")
    other = sign(PAIR.private, "x", issued_at=NOON, lifetime=DAY).split(".")[1]
    assert _reason(f"{header}.{other}.{signature}") == "altered"
    assert _reason(f"{header}.{claims}.{'A' * len(signature)}") == "altered"


def test_a_key_that_nobody_published_opens_nothing() -> None:
    assert _reason(STRANGER.sign()) == "unknown_key"


def test_a_strangers_key_under_a_known_id_opens_nothing() -> None:
    posing = SigningKey(kid=PAIR.private.kid, private_key_pem=STRANGER.private.private_key_pem)
    assert _reason(sign(posing, TRANSACTION, issued_at=NOON, lifetime=DAY)) == "altered"


@pytest.mark.parametrize("algorithm", ["none", "HS256"])
def test_only_our_algorithm_is_taken(algorithm: str) -> None:
    secret = None if algorithm == "none" else "a-secret-that-is-long-enough-for-sha256"
    token = jwt.encode(CLAIMS, secret, algorithm, headers={"kid": PAIR.private.kid})
    assert _reason(token) == "malformed"


def test_a_key_of_another_type_under_a_known_id_opens_nothing() -> None:
    key = ec.generate_private_key(ec.SECP256R1())
    token = jwt.encode(CLAIMS, key, "ES256", headers={"kid": PAIR.private.kid})
    assert _reason(token) == "malformed"


def test_the_public_key_is_no_secret_to_sign_with() -> None:
    (jwk,) = json.loads(PAIR.jwks)["keys"]
    token = jwt.encode(CLAIMS, jwk["x"], "HS256", headers={"kid": PAIR.private.kid})
    assert _reason(token) == "malformed"


@pytest.mark.parametrize("headers", [{}, {"kid": ""}])
def test_a_token_that_names_no_key_opens_nothing(headers: dict[str, str]) -> None:
    token = jwt.encode(CLAIMS, PAIR.private.private_key_pem, "EdDSA", headers=headers)
    assert _reason(token) in {"malformed", "unknown_key"}


def test_another_issuers_token_opens_nothing() -> None:
    kid = {"kid": PAIR.private.kid}
    token = jwt.encode(CLAIMS | {"iss": "x"}, PAIR.private.private_key_pem, "EdDSA", headers=kid)
    assert _reason(token) == "malformed"


def test_a_token_is_good_until_the_very_second_it_expires() -> None:
    token = PAIR.sign()
    assert verify(token, PAIR.public, NOON + DAY - timedelta(milliseconds=1)).scopes == ("read",)
    assert _reason(token, after=DAY) == "expired"


@settings(deadline=None)
@given(st.text() | st.lists(st.text(), min_size=3, max_size=3).map(".".join))
def test_no_text_gets_anything_but_a_refusal(token: str) -> None:
    assert _reason(token) in {"malformed", "unknown_key"}


@settings(deadline=None)
@given(st.data())
def test_no_single_change_of_a_token_opens_anything_else(data: st.DataObject) -> None:
    token = PAIR.sign()
    # The signature's last character has bits that mean nothing.
    place = data.draw(st.integers(0, len(token) - 2))
    letter = data.draw(st.sampled_from(BASE64).filter(lambda drawn: drawn != token[place]))
    with pytest.raises(InvalidTokenError):
        verify(token[:place] + letter + token[place + 1 :], PAIR.public, NOON)


@pytest.mark.parametrize("missing", ["iss", "sub", "scope", "iat", "exp"])
def test_a_token_without_one_of_its_claims_is_refused(missing: str) -> None:
    claims = {name: value for name, value in CLAIMS.items() if name != missing}
    kid = {"kid": PAIR.private.kid}
    token = jwt.encode(claims, PAIR.private.private_key_pem, "EdDSA", headers=kid)
    assert _reason(token) == "malformed"


@pytest.mark.parametrize("token", ["", "x", "a.b.c", "é"])
def test_what_is_no_token_is_malformed(token: str) -> None:
    assert _reason(token) == "malformed"
    with pytest.raises(InvalidTokenError):
        key_id(token)


def test_both_keys_open_while_one_replaces_the_other() -> None:
    both = {"keys": [*json.loads(PAIR.jwks)["keys"], *json.loads(STRANGER.jwks)["keys"]]}
    keys = PublicKeys.from_jwks(json.dumps(both))
    for pair in (PAIR, STRANGER):
        assert verify(pair.sign(), keys, NOON).transaction_id == TRANSACTION


def test_a_private_key_does_not_show_itself() -> None:
    assert "PRIVATE" not in repr(PAIR.private)
    assert "PRIVATE" not in str(PAIR.private)


@given(st.text(st.characters(exclude_categories=())))
@example("\ud800.e30.x")
def test_any_text_that_is_no_token_is_refused_as_one(text: str) -> None:
    with pytest.raises(InvalidTokenError):
        key_id(text)
    with pytest.raises(InvalidTokenError):
        key_id(f"{PAIR.sign().split('.')[0]}.{text}x")
