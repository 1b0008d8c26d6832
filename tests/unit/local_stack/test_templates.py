from typing import Any

import pytest

from local_stack import project, templates

TEMPLATE = """
AWSTemplateFormatVersion: 2010-09-09
Globals:
  Function:
    CodeUri: src
Resources:
  Bus:
    Type: AWS::Events::EventBus
    Properties: {Name: !Sub "orderbus-${Stage}"}
  Archive:
    Type: AWS::Events::Archive
    Properties: {SourceArn: !GetAtt Bus.Arn}
  Registry:
    Type: AWS::EventSchemas::Registry
  HttpApi:
    Type: AWS::ApiGatewayV2::Api
    Properties: {ProtocolType: HTTP}
  LiveApi:
    Type: AWS::ApiGatewayV2::Api
    Properties: {ProtocolType: WEBSOCKET}
  Authorizer:
    Type: AWS::ApiGatewayV2::Authorizer
    Properties: {AuthorizerType: REQUEST}
  TrackingAuthorizer:
    Type: AWS::ApiGatewayV2::Authorizer
    Properties: {IdentitySource: [$request.header.Authorization]}
  OnInboxFunction:
    Type: AWS::Serverless::Function
    DependsOn: [Archive, Bus]
    Properties:
      Policies:
        - Statement:
            - Action: events:PutEvents
              Condition: {StringEquals: {"events:source": orderbus.orders}}
            - Action: events:PutEvents
              Condition:
                StringEquals: {"events:source": orderbus.orders, "aws:PrincipalOrgID": o-1}
  Layer:
    Type: AWS::Serverless::LayerVersion
    DependsOn: Registry
    Properties: {ContentUri: layer}
Outputs:
  Bus: {Value: !Ref Bus}
  Archive: {Value: !GetAtt Archive.Arn}
"""

IDS = {"HTTP": "orderbus", "WEBSOCKET": "orderbus-live"}


@pytest.fixture
def template() -> templates.Template:
    return templates.parse(TEMPLATE)


def test_short_forms_are_written_out(template: templates.Template) -> None:
    assert template["Resources"]["Bus"]["Properties"] == {"Name": {"Fn::Sub": "orderbus-${Stage}"}}
    assert template["Outputs"]["Archive"] == {"Value": {"Fn::GetAtt": ["Archive", "Arn"]}}
    assert template["Outputs"]["Bus"] == {"Value": {"Ref": "Bus"}}


def test_a_version_that_looks_like_a_date_stays_a_text(template: templates.Template) -> None:
    assert template["AWSTemplateFormatVersion"] == "2010-09-09"


def test_unknown_types_go_and_are_named(template: templates.Template) -> None:
    kept, removed = templates.without_unknown_types(template)

    assert [resource.logical_id for resource in removed] == ["Archive", "Registry"]
    assert set(template["Resources"]) - set(kept["Resources"]) == {"Archive", "Registry"}


def test_outputs_and_dependencies_on_what_went_go_with_it(template: templates.Template) -> None:
    kept, _ = templates.without_unknown_types(template)

    assert set(kept["Outputs"]) == {"Bus"}
    assert kept["Resources"]["OnInboxFunction"]["DependsOn"] == ["Bus"]
    assert "DependsOn" not in kept["Resources"]["Layer"]


def test_only_the_source_condition_is_stripped(template: templates.Template) -> None:
    stripped, where = templates.without_source_condition(template)
    policies: Any = stripped["Resources"]["OnInboxFunction"]["Properties"]["Policies"]

    assert where == ("OnInboxFunction",)
    assert policies[0]["Statement"] == [
        {"Action": "events:PutEvents"},
        {
            "Action": "events:PutEvents",
            "Condition": {"StringEquals": {"aws:PrincipalOrgID": "o-1"}},
        },
    ]


def test_code_is_found_in_the_globals_too(template: templates.Template) -> None:
    assert templates.code_paths(template) == {"OnInboxFunction": "src", "Layer": "layer"}


def test_uploaded_code_takes_the_place_of_folders(template: templates.Template) -> None:
    uploads = {"OnInboxFunction": "s3://b/f.zip", "Layer": "s3://b/l.zip"}
    rewritten = templates.with_code(template, uploads)

    assert rewritten["Resources"]["OnInboxFunction"]["Properties"]["CodeUri"] == "s3://b/f.zip"
    assert rewritten["Resources"]["Layer"]["Properties"]["ContentUri"] == "s3://b/l.zip"
    assert "CodeUri" not in rewritten["Globals"]["Function"]


def test_an_apis_id_is_pinned_by_tag(template: templates.Template) -> None:
    tagged = templates.with_api_ids(template, IDS)["Resources"]

    assert tagged["HttpApi"]["Properties"]["Tags"] == {"ms-custom-id": "orderbus"}
    assert tagged["LiveApi"]["Properties"]["Tags"] == {"ms-custom-id": "orderbus-live"}


def test_an_authorizer_that_names_no_identity_source_has_none(
    template: templates.Template,
) -> None:
    plain = templates.without_default_identity_source(template)["Resources"]

    assert plain["Authorizer"]["Properties"]["IdentitySource"] == []
    assert plain["TrackingAuthorizer"] == template["Resources"]["TrackingAuthorizer"]


def test_a_queue_starts_no_more_functions_than_the_machine_carries() -> None:
    properties = {"ScalingConfig": {"MaximumConcurrency": 10}}
    mapping = {"Type": "AWS::Lambda::EventSourceMapping", "Properties": properties}
    capped = templates.with_capped_concurrency({"Resources": {"Mapping": mapping}}, 2)

    assert capped["Resources"]["Mapping"]["Properties"] == {
        "ScalingConfig": {"MaximumConcurrency": 2}
    }


def test_no_rewriting_touches_what_it_was_given(template: templates.Template) -> None:
    templates.without_unknown_types(template)
    templates.without_source_condition(template)
    templates.with_code(template, {"OnInboxFunction": "s3://b/f.zip"})
    templates.with_api_ids(template, IDS)
    templates.without_default_identity_source(template)

    assert template == templates.parse(TEMPLATE)


@pytest.mark.parametrize("stack", project.STACKS)
def test_every_template_of_the_project_can_be_read(stack: str) -> None:
    template = templates.load(project.stack_folder(stack) / "template.yaml")

    assert templates.code_paths(template)
