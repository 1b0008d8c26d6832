"""A tiny OpenID Connect issuer on loopback: discovery, keys, and tokens of any kind."""

import json
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import jwt
from cryptography.hazmat.primitives.asymmetric import rsa
from jwt.algorithms import RSAAlgorithm

AUDIENCE = "orderbus-shop"


@dataclass
class Issuer:
    """An issuer; what it publishes can be changed while it runs."""

    url: str = ""
    clock: Callable[[], float] = time.time
    keys: dict[str, rsa.RSAPrivateKey] = field(default_factory=dict)
    """The newest signs."""
    further_keys: list[dict[str, Any]] = field(default_factory=list)
    """What it publishes beside (another algorithm's, a broken one)."""
    discovery: dict[str, Any] = field(default_factory=dict)
    """What its discovery document says otherwise."""
    status: int = 200
    asked: list[str] = field(default_factory=list)
    """The paths that it was asked for."""

    def __post_init__(self) -> None:
        self.rotate("key-1")

    @property
    def parameters(self) -> dict[str, str]:
        """What a stage is given so that it knows this issuer."""
        return {"OidcIssuer": self.url, "OidcAudience": AUDIENCE}

    def rotate(self, kid: str) -> None:
        """Signs with a new key from now on; the old ones stay published."""
        self.keys[kid] = rsa.generate_private_key(public_exponent=65537, key_size=2048)

    def token(
        self,
        sub: str,
        scope: str | None = None,
        expires_in: float = 3600,
        kid: str | None = None,
        **claims: Any,  # noqa: ANN401 - any JSON
    ) -> str:
        """Answers a token; a claim that is None is left out."""
        now = int(self.clock())
        said = {"iss": self.url, "sub": sub, "aud": AUDIENCE, "iat": now, "exp": now + expires_in}
        said |= {"scope": scope, **claims}
        named = kid or list(self.keys)[-1]
        return jwt.encode(
            {name: value for name, value in said.items() if value is not None},
            self.keys[named],
            "RS256",
            headers={"kid": named},
        )

    def document(self, path: str) -> dict[str, Any] | None:
        """Answers what is published at a path."""
        match path:
            case "/.well-known/openid-configuration":
                return {"issuer": self.url, "jwks_uri": f"{self.url}/keys"} | self.discovery
            case "/keys":
                return {"keys": [*self.further_keys, *self._published()]}
            case _:
                return None

    def _published(self) -> Iterator[dict[str, Any]]:
        for kid, key in self.keys.items():
            public = RSAAlgorithm.to_jwk(key.public_key(), as_dict=True)
            yield {**public, "kid": kid, "use": "sig", "alg": "RS256"}


@contextmanager
def running_issuer(**settings: Any) -> Iterator[Issuer]:  # noqa: ANN401 - Issuer's own fields
    """Runs an issuer for as long as the block lasts."""
    issuer = Issuer(**settings)
    server = ThreadingHTTPServer(("127.0.0.1", 0), _handler(issuer))
    issuer.url = f"http://127.0.0.1:{server.server_port}"
    thread = threading.Thread(target=server.serve_forever, args=(0.01,))
    thread.start()
    try:
        yield issuer
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


def _handler(issuer: Issuer) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        """Answers for the issuer."""

        def do_GET(self) -> None:
            issuer.asked.append(self.path)
            document = issuer.document(self.path)
            body = json.dumps(document).encode()
            self.send_response(404 if document is None else issuer.status)
            self.send_header("location", f"{issuer.url}/keys")
            self.send_header("content-length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_arguments: object) -> None:
            """Prints nothing."""

    return Handler
