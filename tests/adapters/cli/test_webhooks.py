"""`orderbus webhooks` on moto: receivers and their secrets."""

import base64
from collections.abc import Iterator
from pathlib import Path

import boto3
import pytest
from fakes_shared import FakeClock
from moto import mock_aws
from typer.testing import CliRunner, Result
from workers import REGION

from local_stack.webhook_receivers import name as parameter
from notifications.adapters.webhooks import ConfiguredReceivers
from orderbus.main import app
from orderbus.webhooks.office import MOST_RECEIVERS, Office, WebhooksError
from shared.parameters import CachedParameter

URL = "https://shop.example/hooks"


@pytest.fixture
def office(monkeypatch: pytest.MonkeyPatch) -> Iterator[Office]:
    monkeypatch.setenv("AWS_DEFAULT_REGION", REGION)
    with mock_aws():
        yield Office(boto3.client("ssm"), "dev")


def _secrets(office: Office) -> list[str]:
    """Answers the secrets of the one receiver, as the function that signs reads them."""
    cached = CachedParameter(office.ssm, parameter("dev"), FakeClock())
    (receiver,) = ConfiguredReceivers(cached, FakeClock())()
    return [secret.get_secret_value() for secret in receiver.secrets]


def test_a_receiver_is_added_with_a_secret_that_nobody_can_guess(office: Office) -> None:
    secret = office.add("shop", URL)
    assert _secrets(office) == [secret]
    assert len(base64.b64decode(secret.removeprefix("whsec_"), validate=True)) == 24
    office.remove("shop")
    assert office.add("shop", URL) != secret


def test_receivers_are_kept_encrypted(office: Office) -> None:
    office.add("shop", URL)
    answer = office.ssm.get_parameter(Name="/orderbus/dev/notifications/webhooks")
    assert answer["Parameter"]["Type"] == "SecureString"


def test_while_a_secret_rotates_both_are_in_force_the_new_one_first(office: Office) -> None:
    old = office.add("shop", URL)
    new = office.rotate("shop")
    assert _secrets(office) == [new, old]
    assert office.retire("shop") == 1
    assert _secrets(office) == [new]
    assert office.retire("shop") == 0


def test_a_receiver_has_four_secrets_at_most(office: Office) -> None:
    office.add("shop", URL)
    for _ in range(3):
        office.rotate("shop")
    with pytest.raises(WebhooksError, match="secrets"):
        office.rotate("shop")
    assert len(_secrets(office)) == 4


def test_another_receiver_is_left_as_it_is(office: Office) -> None:
    office.add("other", URL)
    other = office.receivers()[0]
    office.add("shop", URL)
    office.rotate("shop")
    office.remove("shop")
    assert office.receivers() == (other,)


@pytest.mark.parametrize(
    ("name", "url", "said"),
    [("Shop", URL, "id"), ("shop", "http://shop.example", "https://"), ("shop", "x", "https://")],
)
def test_what_is_no_receiver_is_refused_in_words(
    office: Office, name: str, url: str, said: str
) -> None:
    with pytest.raises(WebhooksError, match=said):
        office.add(name, url)
    assert office.receivers() == ()


def test_a_name_is_taken_once_and_a_stage_has_so_many_receivers(office: Office) -> None:
    office.add("shop", URL)
    with pytest.raises(WebhooksError, match="there already"):
        office.add("shop", URL)
    for number in range(MOST_RECEIVERS - 1):
        office.add(f"r{number}", URL)
    with pytest.raises(WebhooksError, match="at most"):
        office.add("more", URL)


def test_so_many_receivers_in_the_middle_of_their_rotation_fit_a_parameter(office: Office) -> None:
    for number in range(MOST_RECEIVERS):
        name = f"merchant-{number}"
        office.add(name, f"https://{name}.example.com/webhooks/orderbus/orders")
        office.rotate(name)
    answer = office.ssm.get_parameter(Name=parameter("dev"), WithDecryption=True)
    assert len(answer["Parameter"]["Value"]) < 4096


@pytest.mark.parametrize("doing", ["rotate", "retire", "remove"])
def test_nothing_is_done_with_a_receiver_that_is_not_there(office: Office, doing: str) -> None:
    with pytest.raises(WebhooksError, match="no receiver shop on dev"):
        getattr(office, doing)("shop")


def _run(tmp_path: Path, *arguments: str) -> Result:
    return CliRunner().invoke(app, ["webhooks", *arguments, "--aws", "--state", str(tmp_path)])


def test_the_command_prints_a_secret_once_and_never_lists_it(
    office: Office, tmp_path: Path
) -> None:
    added = _run(tmp_path, "add", "shop", URL)
    assert added.exit_code == 0
    secret = added.stdout.strip()
    assert _secrets(office) == [secret]
    listed = _run(tmp_path, "list")
    assert listed.stdout == f"shop\t{URL}\t1 secret(s)\n"
    rotated = _run(tmp_path, "rotate", "shop").stdout.strip()
    assert _secrets(office) == [rotated, secret]
    assert "1 older" in _run(tmp_path, "retire", "shop").stderr
    assert _run(tmp_path, "remove", "shop").exit_code == 0
    assert _run(tmp_path, "list").stdout == ""


def test_what_goes_wrong_is_one_line(office: Office, tmp_path: Path) -> None:
    result = _run(tmp_path, "remove", "shop")
    assert result.exit_code == 1
    assert result.stderr == f"orderbus: there is no receiver shop on {office.stage}\n"
