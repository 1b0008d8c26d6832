"""`orderbus keys` on moto: what signs, what opens, and who is logged out."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import boto3
import pytest
from fakes_shared import TRANSACTION, FakeClock
from moto import mock_aws
from typer.testing import CliRunner, Result
from workers import REGION

from local_stack import signing_keys
from local_stack.errors import KeyRingError
from orderbus.main import app
from orders.adapters import KeySigner
from shared.callers import Callers
from shared.keys import CachedKeys, ParameterKeys
from shared.tokens import InvalidTokenError, key_id


class Ring:
    """A stage's keys, orders that signs, and an authorizer that has been at work for long."""

    def __init__(self) -> None:
        self.ssm = boto3.client("ssm", REGION)
        self.clock = FakeClock()
        signing_keys.ensure(self.ssm, "test")
        source = ParameterKeys(self.ssm, signing_keys.public_name("test"))
        self.authorizer = Callers(CachedKeys(source, self.clock), None, self.clock)
        self.pauses: list[float] = []

    def sign(self) -> str:
        name = signing_keys.private_name("test")
        answer: Any = self.ssm.get_parameter(Name=name, WithDecryption=True)
        return KeySigner(lambda: answer["Parameter"]["Value"]).sign(TRANSACTION, self.clock())

    def opens(self, token: str) -> bool:
        try:
            return self.authorizer.identify(token).transaction_id == TRANSACTION
        except InvalidTokenError as error:
            return error.reason != "unknown_key"

    def wait(self, seconds: float) -> None:
        """Passes the time of a rotation, in which shoppers go on."""
        self.pauses.append(seconds)
        assert self.opens(self.sign())
        self.clock.forward(seconds)

    def rotate(self) -> str:
        return signing_keys.rotate(self.ssm, "test", self.wait)


@pytest.fixture
def ring(monkeypatch: pytest.MonkeyPatch) -> Iterator[Ring]:
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        monkeypatch.setenv(name, "test")
    monkeypatch.setenv("AWS_DEFAULT_REGION", REGION)
    with mock_aws():
        yield Ring()


def _run(*arguments: str) -> Result:
    return CliRunner().invoke(app, ["keys", *arguments, "--stage", "test", "--aws"])


def test_a_token_of_the_old_key_opens_after_a_rotation_and_not_after_its_key_is_retired(
    ring: Ring,
) -> None:
    old = ring.sign()
    assert ring.opens(old)
    ring.rotate()
    ring.clock.forward(300)
    assert ring.opens(old)
    signing_keys.retire(ring.ssm, "test", key_id(old))
    ring.clock.forward(300)
    assert not ring.opens(old)
    assert ring.opens(ring.sign())


def test_a_token_of_the_new_key_opens_at_once_wherever_the_keys_were_just_read(ring: Ring) -> None:
    kid = ring.rotate()
    token = ring.sign()
    assert key_id(token) == kid
    assert ring.opens(token)
    assert ring.pauses == [10]


def test_nothing_is_signed_with_a_key_before_it_is_published(ring: Ring) -> None:
    published = []

    def look(_seconds: float) -> None:
        published.extend(signing_keys.published(ring.ssm, "test"))

    kid = signing_keys.rotate(ring.ssm, "test", look)
    assert [(key.kid == kid, key.signs) for key in published] == [(False, True), (True, False)]


def test_the_key_that_signs_is_not_retired(ring: Ring) -> None:
    with pytest.raises(KeyRingError, match="rotate"):
        signing_keys.retire(ring.ssm, "test", key_id(ring.sign()))
    with pytest.raises(KeyRingError, match="no key x"):
        signing_keys.retire(ring.ssm, "test", "x")
    assert ring.opens(ring.sign())


def test_keys_that_do_not_fit_their_parameter_change_nothing(ring: Ring) -> None:
    def rotate_for_ever() -> None:
        while True:
            signing_keys.rotate(ring.ssm, "test", ring.pauses.append)

    with pytest.raises(KeyRingError, match="too many"):
        rotate_for_ever()
    assert len(ring.pauses) >= 10
    assert ring.opens(ring.sign())


def test_a_stage_without_keys_says_what_comes_first(ring: Ring) -> None:
    for use in (
        lambda: signing_keys.published(ring.ssm, "other"),
        lambda: signing_keys.rotate(ring.ssm, "other", ring.pauses.append),
        lambda: signing_keys.retire(ring.ssm, "other", "x"),
    ):
        with pytest.raises(KeyRingError, match="orderbus keys ensure --stage other"):
            use()


def test_the_commands_do_so(ring: Ring, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("time.sleep", ring.wait)
    old = ring.sign()
    rotated = _run("rotate")
    assert (rotated.exit_code, rotated.stdout.split()[0]) == (0, key_id(ring.sign()))
    listed = _run("list").stdout.splitlines()
    assert [(line.split()[0], "signs" in line) for line in listed] == [
        (key_id(old), False),
        (key_id(ring.sign()), True),
    ]
    assert _run("retire", key_id(old)).exit_code == 1  # nobody said yes
    assert len(_run("list").stdout.splitlines()) == 2
    assert _run("retire", key_id(old), "--yes").exit_code == 0
    assert [line.split()[0] for line in _run("list").stdout.splitlines()] == [key_id(ring.sign())]


def test_no_command_prints_a_private_key(ring: Ring, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("time.sleep", ring.wait)
    for command in ("ensure", "list", "rotate"):
        answer = _run(command)
        assert answer.exit_code == 0
        assert "PRIVATE" not in answer.output


def test_ensuring_makes_what_is_missing_and_nothing_else(ring: Ring) -> None:
    assert _run("ensure").stdout.splitlines() == [
        f"Found the tracking keys of test on AWS ({REGION}).",
        f"Made the webhook secret of test on AWS ({REGION}).",
        f"Made the list of webhooks' receivers of test on AWS ({REGION}).",
    ]
    assert ring.opens(ring.sign())


def test_what_can_not_be_done_is_one_line(ring: Ring, tmp_path: Path) -> None:
    arguments = ["keys", "list", "--stage", "other", "--state", str(tmp_path)]
    refused = CliRunner().invoke(app, arguments)
    assert refused.exit_code == 1
    assert refused.stderr == (
        "orderbus: other has no keys. First: orderbus keys ensure --stage other\n"
    )
    assert ring.opens(ring.sign())
