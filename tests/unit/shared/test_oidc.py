"""An issuer's tokens, with the keys that it publishes over HTTP."""

import json
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import jwt
import pytest
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa
from fakes_shared import NOON
from jwt.algorithms import ECAlgorithm, OKPAlgorithm, RSAAlgorithm
from oidc import AUDIENCE, Issuer, running_issuer

from shared.identity import Identity
from shared.keys import KeysUnavailableError
from shared.oidc import LARGEST_DOCUMENT, IssuerKeys, verify
from shared.tokens import InvalidTokenError

HOUR = timedelta(hours=1)


@pytest.fixture(scope="module")
def server() -> Iterator[Issuer]:
    with running_issuer(clock=NOON.timestamp) as running:
        yield running


@pytest.fixture
def issuer(server: Issuer) -> Iterator[Issuer]:
    yield server
    server.further_keys, server.discovery, server.status = [], {}, 200


def _verify(issuer: Issuer, token: str, after: timedelta = timedelta(0)) -> dict[str, Any]:
    identity = Identity(issuer=issuer.url, audience=AUDIENCE)
    return verify(token, IssuerKeys(issuer.url).read(), identity, NOON + after)


def _reason(issuer: Issuer, token: str, after: timedelta = timedelta(0)) -> str:
    with pytest.raises(InvalidTokenError) as refused:
        _verify(issuer, token, after)
    return refused.value.reason


def test_a_token_of_the_issuer_says_what_it_says(issuer: Issuer) -> None:
    claims = _verify(issuer, issuer.token("ann", scope="openid", plan="gold"))
    assert (claims["sub"], claims["scope"], claims["plan"]) == ("ann", "openid", "gold")


def test_a_token_expires_to_the_second(issuer: Issuer) -> None:
    token = issuer.token("ann")
    assert _verify(issuer, token, HOUR - timedelta(milliseconds=1))
    assert _reason(issuer, token, HOUR) == "expired"


def test_a_token_is_good_a_little_before_its_time(issuer: Issuer) -> None:
    soon = int(NOON.timestamp()) + 60
    token = issuer.token("ann", nbf=soon)
    assert _verify(issuer, token, timedelta(seconds=30))
    assert _reason(issuer, token, timedelta(seconds=29)) == "malformed"


@pytest.mark.parametrize(
    "claims",
    [
        {"aud": "another-shop"},
        {"aud": None},
        {"aud": []},
        {"aud": None, "client_id": "another-shop"},
        {"aud": "another-shop", "client_id": AUDIENCE},
        {"iss": "https://elsewhere.example"},
        {"iss": None},
        {"exp": None},
        {"exp": "tomorrow"},
        {"exp": True},
        {"nbf": "yesterday"},
    ],
)
def test_a_token_for_or_of_somebody_else_is_refused(
    issuer: Issuer, claims: dict[str, object]
) -> None:
    assert _reason(issuer, issuer.token("ann", **claims)) == "malformed"  # type: ignore[arg-type]


@pytest.mark.parametrize(
    "claims", [{"aud": ["other", AUDIENCE]}, {"aud": None, "client_id": AUDIENCE}]
)
def test_a_token_says_in_either_way_that_it_is_for_this_shop(
    issuer: Issuer, claims: dict[str, object]
) -> None:
    assert _verify(issuer, issuer.token("ann", **claims))["sub"] == "ann"  # type: ignore[arg-type]


def test_an_altered_token_is_refused(issuer: Issuer) -> None:
    header, _, signature = issuer.token("ann").split(".")
    other = issuer.token("bob").split(".")[1]
    assert _reason(issuer, f"{header}.{other}.{signature}") == "altered"


def test_a_strangers_key_under_a_known_id_opens_nothing(issuer: Issuer) -> None:
    stranger = Issuer(issuer.url, NOON.timestamp)
    assert _reason(issuer, stranger.token("ann")) == "altered"


def test_a_key_that_is_not_published_opens_nothing(issuer: Issuer) -> None:
    stranger = Issuer(issuer.url, NOON.timestamp)
    stranger.rotate("key-of-a-stranger")
    assert _reason(issuer, stranger.token("ann")) == "unknown_key"


@pytest.mark.parametrize("algorithm", ["none", "HS256", "RS512"])
def test_no_algorithm_but_the_keys_own_is_taken(issuer: Issuer, algorithm: str) -> None:
    claims = jwt.decode(issuer.token("ann"), options={"verify_signature": False})
    secret: Any = {"none": None, "HS256": "x" * 64, "RS512": issuer.keys["key-1"]}[algorithm]
    token = jwt.encode(claims, secret, algorithm, headers={"kid": "key-1"})
    assert _reason(issuer, token) == "malformed"


def test_keys_of_every_kind_that_we_take_verify(issuer: Issuer) -> None:
    curve, edwards = ec.generate_private_key(ec.SECP256R1()), ed25519.Ed25519PrivateKey.generate()
    issuer.further_keys = [
        ECAlgorithm.to_jwk(curve.public_key(), as_dict=True) | {"kid": "curve"},
        OKPAlgorithm.to_jwk(edwards.public_key(), as_dict=True) | {"kid": "edwards"},
    ]
    claims = jwt.decode(issuer.token("ann"), options={"verify_signature": False})
    for key, algorithm, kid in ((curve, "ES256", "curve"), (edwards, "EdDSA", "edwards")):
        token = jwt.encode(claims, key, algorithm, headers={"kid": kid})  # type: ignore[arg-type]
        assert _verify(issuer, token)["sub"] == "ann"


def test_keys_that_we_do_not_take_are_passed_over(issuer: Issuer) -> None:
    other = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    public = RSAAlgorithm.to_jwk(other.public_key(), as_dict=True)
    issuer.further_keys = [
        {"kty": "oct", "k": "c2VjcmV0", "kid": "shared-secret", "alg": "HS256"},
        {**public, "kid": "for-encryption", "use": "enc"},
        {**public, "kid": "of-another-algorithm", "alg": "PS256"},
        {**public},
        {"kty": "RSA", "n": "%", "e": "AQAB", "kid": "broken"},
    ]
    assert set(IssuerKeys(issuer.url).read().by_kid) == {"key-1"}


def test_a_trailing_slash_is_part_of_an_issuers_name() -> None:
    with running_issuer(clock=NOON.timestamp) as issuer:
        issuer.url += "/"
        issuer.discovery = {"jwks_uri": f"{issuer.url}keys"}
        assert "key-1" in IssuerKeys(issuer.url).read().by_kid


@pytest.mark.parametrize(
    "discovery",
    [
        {"issuer": "https://elsewhere.example"},
        {"jwks_uri": "http://elsewhere.example/keys"},
        {"jwks_uri": "file:///etc/hostname"},
        {"jwks_uri": 7},
        {"jwks_uri": "http://127.0.0.1:1/nobody-listens"},
        {"padding": "x" * LARGEST_DOCUMENT},
    ],
)
def test_an_issuer_that_says_something_else_has_no_keys(
    issuer: Issuer, discovery: dict[str, object]
) -> None:
    issuer.discovery = discovery
    with pytest.raises(KeysUnavailableError):
        IssuerKeys(issuer.url).read()


@pytest.mark.parametrize("status", [302, 404, 500])
def test_an_issuer_that_answers_otherwise_has_no_keys(issuer: Issuer, status: int) -> None:
    issuer.status = status
    asked = len(issuer.asked)
    with pytest.raises(KeysUnavailableError):
        IssuerKeys(issuer.url).read()
    assert len(issuer.asked) == asked + 1  # a redirect is not followed


@pytest.mark.parametrize("key", [7, None, {}])
def test_a_key_set_that_is_none_is_not_taken(issuer: Issuer, key: Any) -> None:  # noqa: ANN401
    issuer.further_keys = [key]
    with pytest.raises(KeysUnavailableError):
        IssuerKeys(issuer.url).read()


def test_an_issuer_out_of_reach_has_no_keys() -> None:
    with pytest.raises(KeysUnavailableError):
        IssuerKeys("http://127.0.0.1:1").read()


@pytest.mark.parametrize(
    "settings",
    [
        {"issuer": "https://id.example"},
        {"issuer": "http://id.example", "audience": "shop"},
        {"issuer": "ftp://id.example", "audience": "shop"},
        {"issuer": "https://", "audience": "shop"},
    ],
)
def test_an_issuer_that_anybody_could_pose_as_is_refused(settings: dict[str, str]) -> None:
    with pytest.raises(ValueError, match="an issuer"):
        Identity.model_validate_json(json.dumps(settings))


@pytest.mark.parametrize(
    "issuer", ["https://id.example/realm", "http://127.0.0.1:8080", "http://localhost", ""]
)
def test_an_issuer_is_https_or_on_this_machine(issuer: str) -> None:
    assert Identity(issuer=issuer, audience="shop").issuer == issuer
