"""Templates become the resources that a deployment would make of them."""

from pathlib import Path

import pytest

from simulator import stacks
from simulator.aws.errors import UnsupportedError
from simulator.aws.queues import FifoQueue, queue_of
from simulator.stacks import Resource

TEMPLATE = """
Parameters:
  Stage: {Type: String}
  Endpoint: {Type: String, Default: ""}
  Mode: {Type: String, Default: full}
Conditions:
  HasEndpoint: !Not [!Equals [!Ref Endpoint, ""]]
  IsFull: !Equals [!Ref Mode, full]
  Both: !And [!Condition IsFull, !Condition HasEndpoint]
  Either: !Or [!Condition IsFull, !Condition HasEndpoint]
Resources:
  Topic:
    Type: AWS::SNS::Topic
    Properties: {TopicName: !Sub "things-${Stage}"}
  Hidden:
    Type: AWS::SNS::Topic
    Condition: Both
  Shown:
    Type: AWS::SSM::Parameter
    Condition: Either
    Properties:
      Name: /shown
      Value: !Join [",", [!Ref Topic, !GetAtt Topic.TopicArn, !GetAtt Topic.TopicName]]
  Role:
    Type: AWS::IAM::Role
    Properties: {RoleName: reader}
  RoleParameter:
    Type: AWS::SSM::Parameter
    Properties: {Name: /role, Value: !GetAtt Role.Arn}
  Sockets:
    Type: AWS::ApiGatewayV2::Api
    Properties: {ProtocolType: WEBSOCKET, RouteSelectionExpression: $request.body.action}
  Http:
    Type: AWS::ApiGatewayV2::Api
    Properties: {ProtocolType: HTTP}
  Endpoints:
    Type: AWS::SSM::Parameter
    Properties:
      Name: /endpoints
      Value: !Sub "${Sockets.ApiEndpoint} ${Http.ApiEndpoint} ${Sockets.ApiId}"
  Route:
    Type: AWS::ApiGatewayV2::Route
    Properties: {ApiId: !Ref Sockets, RouteKey: $connect, Target: integrations/none}
"""


def _of(tmp_path: Path, text: str = TEMPLATE) -> dict[str, Resource]:
    folder = tmp_path / "things"
    folder.mkdir(exist_ok=True)
    (folder / "template.yaml").write_text(text)
    return {resource.logical_id: resource for resource in stacks.deployed([str(folder)])}


def test_a_resource_whose_condition_does_not_hold_is_not_deployed(tmp_path: Path) -> None:
    found = _of(tmp_path)
    assert "Shown" in found
    assert "Hidden" not in found


def test_a_topic_is_named_by_its_arn(tmp_path: Path) -> None:
    arn = "arn:aws:sns:us-east-1:000000000000:things-dev"
    assert _of(tmp_path)["Shown"].properties["Value"] == f"{arn},{arn},things-dev"


def test_a_role_belongs_to_no_region(tmp_path: Path) -> None:
    value = _of(tmp_path)["RoleParameter"].properties["Value"]
    assert value == "arn:aws:iam::000000000000:role/reader"


def test_an_apis_endpoint_has_the_scheme_of_its_protocol(tmp_path: Path) -> None:
    assert _of(tmp_path)["Endpoints"].properties["Value"] == (
        "wss://things-Sockets.execute-api.us-east-1.amazonaws.com "
        "https://things-Http.execute-api.us-east-1.amazonaws.com things-Sockets"
    )


def test_routes_belong_to_their_own_api(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    found = tuple(_of(tmp_path).values())
    monkeypatch.setattr(stacks, "resources", lambda: found)
    (sockets,), (http,) = stacks.apis("WEBSOCKET"), stacks.apis("HTTP")
    route = "AWS::ApiGatewayV2::Route"
    assert [r.logical_id for r in stacks.of_api(route, sockets.name)] == ["Route"]
    assert list(stacks.of_api(route, http.name)) == []


@pytest.mark.parametrize(
    "value", ["!Select [0, [a]]", '!Sub ["${a}", {a: b}]', "!GetAtt Topic.DisplayName"]
)
def test_what_is_not_known_of_templates_is_refused(value: str, tmp_path: Path) -> None:
    parameter = (
        f"\n  Odd:\n    Type: AWS::SSM::Parameter\n    Properties: {{Name: a, Value: {value}}}"
    )
    with pytest.raises(UnsupportedError):
        _of(tmp_path, TEMPLATE.rstrip() + parameter)


def test_a_queue_is_what_its_properties_say() -> None:
    fifo = {
        "FifoQueue": True,
        "DeduplicationScope": "messageGroup",
        "FifoThroughputLimit": "perMessageGroupId",
    }
    queue = queue_of("q.fifo", "url", "arn", fifo)
    assert isinstance(queue, FifoQueue)
    assert (queue.for_each_group, queue.by_content) == (True, False)
    for name, properties in (
        ("q", fifo),
        ("q.fifo", fifo | {"DeduplicationScope": "queue"}),
        ("q", {"DelaySeconds": 5}),
    ):
        with pytest.raises(UnsupportedError):
            queue_of(name, "url", "arn", properties)
