"""The authorizer whole, as the HTTP API asks it, with its keys in SSM on moto."""

import io
import json
import logging
from collections.abc import Iterator
from datetime import timedelta

import boto3
import pytest
from fakes_shared import TRANSACTION
from moto import mock_aws
from workers import REGION, cold, forget

from authorizer import wiring
from authorizer.handlers import authorize
from local_stack.signing_keys import new_pair
from shared import clock
from shared.observability import logger
from shared.tokens import SigningKey, sign

PRIVATE, PUBLIC = new_pair()
KEY = SigningKey.from_parameter(PRIVATE)


@pytest.fixture(autouse=True)
def keys(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    with mock_aws():
        name = "/orderbus/test/tracking-public-keys"
        boto3.client("ssm", REGION).put_parameter(Name=name, Value=PUBLIC, Type="String")
        environment = {"STAGE": "test", "TRACKING_PUBLIC_KEYS_PARAMETER": name, "IDENTITY": "{}"}
        cold(monkeypatch, wiring, environment)
        yield
    forget(wiring)


@pytest.fixture
def log() -> Iterator[io.StringIO]:
    written, owner = io.StringIO(), logger()
    handler = logging.StreamHandler(written)
    handler.setFormatter(owner.registered_formatter)
    owner.addHandler(handler)
    yield written
    owner._logger.removeHandler(handler)  # noqa: SLF001 - Powertools adds, but does not remove


def _ask(token: str) -> dict[str, object]:
    return dict(authorize.handler({"headers": {"authorization": f"Bearer {token}"}}, None))


def test_a_token_signed_with_the_published_key_opens_its_order() -> None:
    token = sign(KEY, TRANSACTION, issued_at=clock.now(), lifetime=timedelta(hours=1))
    assert _ask(token) == {
        "isAuthorized": True,
        "context": {"transaction_id": TRANSACTION, "scope": "read cancel"},
    }


def test_a_refusal_is_logged_by_its_reason_and_never_with_the_token(log: io.StringIO) -> None:
    token = sign(KEY, TRANSACTION, issued_at=clock.now(), lifetime=timedelta(hours=-1))
    assert _ask(token) == {"isAuthorized": False}
    (line,) = log.getvalue().splitlines()
    assert json.loads(line)["reason"] == "expired"
    assert not [part for part in token.split(".") if part in line]
