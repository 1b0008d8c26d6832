from pathlib import Path

import pytest

from local_stack import archive
from local_stack.aws import Aws
from local_stack.deployer import Deployer, kebab
from local_stack.progress import Progress
from local_stack.project import ROOT


@pytest.fixture
def deployer(tmp_path: Path) -> Deployer:
    return Deployer(Aws("http://127.0.0.1:4600"), tmp_path, Progress(), stage="test")


def test_parameters_from_the_store_are_given_by_name(deployer: Deployer) -> None:
    template = {"Parameters": {"HttpApiId": {"Type": "AWS::SSM::Parameter::Value<String>"}}}

    assert deployer.parameters(template) == {"HttpApiId": "/orderbus/test/http-api-id"}


def test_the_stage_and_the_public_address_are_given(deployer: Deployer) -> None:
    names = ("Stage", "PublicApiUrl", "PublicWebsocketUrl", "OpenToLoopback")
    template = {"Parameters": {name: {"Type": "String"} for name in names}}

    assert deployer.parameters(template) == {
        "Stage": "test",
        "PublicApiUrl": "http://127.0.0.1:4600/_aws/execute-api/orderbus/$default",
        "PublicWebsocketUrl": "ws://127.0.0.1:4600/_aws/execute-api/orderbus-live/live",
        "OpenToLoopback": "true",
    }


def test_the_sandboxs_bank_is_a_page_beside_the_shop(deployer: Deployer) -> None:
    deployer.storefront_url = "http://127.0.0.1:4601/"
    template = {"Parameters": {"SandboxActionUrl": {"Type": "String"}}}

    url = deployer.parameters(template)["SandboxActionUrl"]

    assert url == "http://127.0.0.1:4601/bank.html#"
    assert (ROOT / "storefront" / "bank.html").is_file()


def test_a_parameter_that_is_given_goes_to_the_stacks_that_have_it(deployer: Deployer) -> None:
    deployer.given = {"OidcIssuer": "http://127.0.0.1:1"}
    asked = {"Parameters": {"OidcIssuer": {"Type": "String"}}}

    assert deployer.parameters(asked) == {"OidcIssuer": "http://127.0.0.1:1"}
    assert deployer.parameters({"Parameters": {"Stage": {"Type": "String"}}}) == {"Stage": "test"}


def test_other_parameters_keep_their_defaults(deployer: Deployer) -> None:
    template = {"Parameters": {"LogLevel": {"Type": "String", "Default": "INFO"}}}

    assert deployer.parameters(template) == {}


@pytest.mark.parametrize(
    ("name", "stored"),
    [("BusName", "bus-name"), ("HttpApiId", "http-api-id"), ("ApiUrl", "api-url")],
)
def test_stored_names_are_written_in_kebab_case(name: str, stored: str) -> None:
    assert kebab(name) == stored


@pytest.mark.parametrize(
    "value", ["orderbus-test", {"Fn::Sub": "orderbus-${Stage}"}, {"Ref": "Name"}]
)
def test_an_archives_texts_are_resolved(value: object) -> None:
    parameters = {"Stage": "test", "Name": "orderbus-test"}

    assert archive.substituted(value, parameters) == "orderbus-test"
