"""The key pair that tracking tokens are signed with: made once, kept in the parameter store.

Works on the local AWS and on the real one alike. Only orders may read the private key; everybody
who checks a token reads the public keys, which carry key ids so that keys can be rotated.
"""

import json
import secrets
from typing import TYPE_CHECKING

from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from jwt.algorithms import OKPAlgorithm

if TYPE_CHECKING:
    from mypy_boto3_ssm.client import SSMClient


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
    jwk = {**public, "kid": kid, "use": "sig", "alg": "EdDSA"}
    return json.dumps({"kid": kid, "private_key_pem": pem}), json.dumps({"keys": [jwk]})
