"""The key pair that tracking tokens are signed with: kept in the parameter store, replaced at will.

Works on the local AWS and on the real one alike. Only orders may read the private key; everybody
who checks a token reads the public keys, which carry key ids so that keys can be rotated.
"""

import json
import secrets
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from jwt.algorithms import OKPAlgorithm

from local_stack.errors import KeyRingError
from shared.clock import now
from shared.keys import REFRESH_PAUSE

if TYPE_CHECKING:
    from mypy_boto3_ssm.client import SSMClient

LARGEST_KEY_SET = 4096
"""What a standard parameter holds: some fifteen keys."""


def private_name(stage: str) -> str:
    """The parameter with the private key; orders alone may read it."""
    return f"/orderbus/{stage}/orders/tracking-key"


def public_name(stage: str) -> str:
    """The parameter with the public keys, as a JSON Web Key Set."""
    return f"/orderbus/{stage}/tracking-public-keys"


def ensure(ssm: "SSMClient", stage: str) -> bool:
    """Makes the pair unless it exists; says whether it made one.

    The public key is written first: a private key alone would sign what nobody can check.
    """
    names = [private_name(stage), public_name(stage)]
    found = {p.get("Name") for p in ssm.get_parameters(Names=names)["Parameters"]}
    if found == set(names):
        return False
    private, public = new_pair()
    ssm.put_parameter(Name=public_name(stage), Value=public, Type="String", Overwrite=True)
    ssm.put_parameter(Name=private_name(stage), Value=private, Type="SecureString", Overwrite=True)
    return True


@dataclass(frozen=True)
class KeyState:
    """One published key."""

    kid: str
    made_at: str
    """Empty for a key of before this was noted."""
    signs: bool
    """Whether new tokens are signed with it; the others open older ones only."""


def published(ssm: "SSMClient", stage: str) -> list[KeyState]:
    """Answers the keys that open orders, the one that signs among them, oldest first."""
    signing = _signing_kid(ssm, stage)
    return [
        KeyState(key["kid"], key.get("made_at", ""), key["kid"] == signing)
        for key in _key_set(ssm, stage)
    ]


def rotate(ssm: "SSMClient", stage: str, pause: Callable[[float], None]) -> str:
    """Makes new tokens be signed with a new key, whose id is answered; older tokens stay good.

    The public key is published first, and some seconds before anything is signed with it: whoever
    checks tokens reads the keys again for one that is new, but not more often than that.
    """
    keys = _key_set(ssm, stage)
    private, public = new_pair()
    (fresh,) = json.loads(public)["keys"]
    _publish(ssm, stage, [*keys, fresh])
    pause(REFRESH_PAUSE.total_seconds())
    ssm.put_parameter(Name=private_name(stage), Value=private, Type="SecureString", Overwrite=True)
    return str(fresh["kid"])


def retire(ssm: "SSMClient", stage: str, kid: str) -> None:
    """Publishes a key no longer: what it signed opens nothing any more, some minutes later."""
    keys = _key_set(ssm, stage)
    if kid not in {key["kid"] for key in keys}:
        raise KeyRingError(f"{stage} has no key {kid}. See: orderbus keys list --stage {stage}")
    if kid == _signing_kid(ssm, stage):
        raise KeyRingError(
            f"{kid} signs the tokens of {stage}. First: orderbus keys rotate --stage {stage}"
        )
    _publish(ssm, stage, [key for key in keys if key["kid"] != kid])


def _key_set(ssm: "SSMClient", stage: str) -> list[dict[str, str]]:
    return list(json.loads(_value(ssm, public_name(stage), stage))["keys"])


def _signing_kid(ssm: "SSMClient", stage: str) -> str:
    return str(json.loads(_value(ssm, private_name(stage), stage))["kid"])


def _value(ssm: "SSMClient", name: str, stage: str) -> str:
    try:
        return ssm.get_parameter(Name=name, WithDecryption=True)["Parameter"]["Value"]
    except ssm.exceptions.ParameterNotFound as error:
        raise KeyRingError(
            f"{stage} has no keys. First: orderbus keys ensure --stage {stage}"
        ) from error


def _publish(ssm: "SSMClient", stage: str, keys: list[dict[str, str]]) -> None:
    text = json.dumps({"keys": keys}, separators=(",", ":"))
    if len(text) > LARGEST_KEY_SET:
        raise KeyRingError(f"{len(keys)} keys are too many. First: orderbus keys retire")
    ssm.put_parameter(Name=public_name(stage), Value=text, Type="String", Overwrite=True)


def new_pair() -> tuple[str, str]:
    """Answers a fresh private key and its public key set, both as JSON."""
    key = Ed25519PrivateKey.generate()
    kid = secrets.token_hex(8)
    pem = key.private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.PKCS8,
        serialization.NoEncryption(),
    ).decode()
    public = OKPAlgorithm.to_jwk(key.public_key(), as_dict=True)
    made_at = now().isoformat(timespec="seconds")
    jwk = {**public, "kid": kid, "use": "sig", "alg": "EdDSA", "made_at": made_at}
    return json.dumps({"kid": kid, "private_key_pem": pem}), json.dumps({"keys": [jwk]})
