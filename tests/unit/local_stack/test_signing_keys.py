import json
from collections.abc import Iterator
from typing import TYPE_CHECKING

import boto3
import jwt
import pytest
from moto import mock_aws

from local_stack import signing_keys, webhook_secret

if TYPE_CHECKING:
    from mypy_boto3_ssm.client import SSMClient


@pytest.fixture
def ssm(monkeypatch: pytest.MonkeyPatch) -> Iterator["SSMClient"]:
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "test")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "test")
    with mock_aws():
        yield boto3.client("ssm", region_name="us-east-1")


def test_what_the_private_key_signs_the_public_keys_check() -> None:
    private, public = (json.loads(text) for text in signing_keys.new_pair())
    token = jwt.encode(
        {"sub": "t"}, private["private_key_pem"], "EdDSA", headers={"kid": private["kid"]}
    )

    keys = jwt.PyJWKSet.from_dict(public)
    assert jwt.decode(token, keys[private["kid"]].key, ["EdDSA"]) == {"sub": "t"}


def test_a_stage_keeps_its_keys(ssm: "SSMClient") -> None:
    assert signing_keys.ensure(ssm, "test")
    before = ssm.get_parameter(Name="/orderbus/test/orders/tracking-key")["Parameter"]

    assert not signing_keys.ensure(ssm, "test")
    assert ssm.get_parameter(Name="/orderbus/test/orders/tracking-key")["Parameter"] == before


def test_only_the_private_key_is_a_secret(ssm: "SSMClient") -> None:
    signing_keys.ensure(ssm, "test")
    names = [signing_keys.private_name("test"), signing_keys.public_name("test")]
    stored = ssm.get_parameters(Names=names)["Parameters"]

    assert {p["Name"]: p["Type"] for p in stored} == {
        names[0]: "SecureString",
        names[1]: "String",
    }


def test_a_stage_keeps_its_webhook_secret(ssm: "SSMClient") -> None:
    assert webhook_secret.ensure(ssm, "test")
    before = ssm.get_parameter(Name=webhook_secret.name("test"))["Parameter"]

    assert not webhook_secret.ensure(ssm, "test")
    assert ssm.get_parameter(Name=webhook_secret.name("test"))["Parameter"] == before
    assert before["Type"] == "SecureString"
