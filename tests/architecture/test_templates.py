"""House rules for templates: rights, queues, encryption, how the five stacks fit together."""

import re
from typing import Any

import pytest
from project import (
    ROOT,
    SERVICES,
    STACKS,
    Function,
    actions,
    folder,
    functions,
    resources,
    template,
)

from local_stack import templates
from local_stack.deployer import kebab
from shared.inbox import backoff
from simulator.aws.patterns import matches

FUNCTIONS = list(functions())
SANDBOXS_OWN = "GetSandbox", "SetSandbox", "FinishAction"

_WITHOUT_NAMES = re.compile(r"/index/\*|/@connections/\*|/orders/\*")
"""Things of ours that have no name before they are there: connections, orders' MQTT topics."""


@pytest.mark.parametrize("function", FUNCTIONS, ids=str)
def test_no_right_is_granted_by_wildcard(function: Function) -> None:
    for statement in function.statements:
        assert statement["Effect"] == "Allow"
        assert all("*" not in action for action in actions(statement)), statement
        named = _WITHOUT_NAMES.sub("", str(statement["Resource"]))
        assert "*" not in named, statement


@pytest.mark.parametrize("function", FUNCTIONS, ids=str)
def test_a_function_publishes_only_as_its_own_source(function: Function) -> None:
    publishing = [s for s in function.statements if "events:PutEvents" in actions(s)]
    for statement in publishing:
        condition = statement["Condition"]["StringEquals"]
        assert condition == {"events:source": f"orderbus.{function.stack}"}
    assert bool(publishing) == bool(function.resource.get("Metadata", {}).get("Publishes"))


@pytest.mark.parametrize("function", FUNCTIONS, ids=str)
def test_a_function_touches_only_its_own_stacks_tables_and_queues(function: Function) -> None:
    own = set(template(function.stack)["Resources"])
    for statement in function.statements:
        if any(action.startswith(("dynamodb:", "sqs:")) for action in actions(statement)):
            assert set(templates.references(statement["Resource"])) <= own


@pytest.mark.parametrize("service", SERVICES)
def test_both_hops_to_a_service_have_a_dead_letter_queue_with_an_alarm(service: str) -> None:
    (rule,) = resources(service, "AWS::Events::Rule").values()
    (target,) = rule["Properties"]["Targets"]
    queues = resources(service, "AWS::SQS::Queue")
    inbox = queues["InboxQueue"]["Properties"]
    dead_letter_arns = [
        target["DeadLetterConfig"]["Arn"],
        inbox["RedrivePolicy"]["deadLetterTargetArn"],
    ]
    alarmed = [
        dimension["Value"]
        for alarm in resources(service, "AWS::CloudWatch::Alarm").values()
        for dimension in alarm["Properties"]["Dimensions"]
    ]
    for arn in dead_letter_arns:
        queue, attribute = arn["Fn::GetAtt"]
        assert (queue in queues, attribute) == (True, "Arn")
        assert {"Fn::GetAtt": [queue, "QueueName"]} in alarmed
        assert queues[queue]["Properties"]["MessageRetentionPeriod"] == 14 * 24 * 3600
    assert target["Arn"] == {"Fn::GetAtt": ["InboxQueue", "Arn"]}


def _mappings(service: str, queue: str) -> list[dict[str, Any]]:
    """Answers every event source mapping of a queue."""
    mappings = resources(service, "AWS::Lambda::EventSourceMapping").values()
    source = {"Fn::GetAtt": [queue, "Arn"]}
    return [m["Properties"] for m in mappings if m["Properties"]["EventSourceArn"] == source]


@pytest.mark.parametrize("service", SERVICES)
@pytest.mark.parametrize("queue", ["RuleDeadLetterQueue", "InboxDeadLetterQueue"])
def test_a_dead_letter_queue_has_one_reader_that_loses_nothing(service: str, queue: str) -> None:
    (mapping,) = _mappings(service, queue)
    assert mapping["FunctionName"] == {"Ref": "OnDeadLettersFunction"}
    assert mapping["FunctionResponseTypes"] == ["ReportBatchItemFailures"]
    (reader,) = (f for f in functions(service) if f.logical_id == "OnDeadLettersFunction")
    properties = resources(service, "AWS::SQS::Queue")[queue]["Properties"]
    assert properties["VisibilityTimeout"] >= 6 * reader.properties["Timeout"]
    assert "RedrivePolicy" not in properties  # behind it is nothing: it keeps what it has


@pytest.mark.parametrize("service", SERVICES)
def test_somebody_is_called_when_a_message_dies_and_when_its_reader_is_stuck(service: str) -> None:
    alarms = resources(service, "AWS::CloudWatch::Alarm")
    died = alarms["DeadLettersAlarm"]["Properties"]
    assert (died["Namespace"], died["MetricName"]) == ("Orderbus", "DeadLetters")
    assert died["Dimensions"] == [{"Name": "service", "Value": service}]
    assert (died["Statistic"], died["Threshold"]) == ("Sum", 0)
    for name in ("RuleDeadLetterAlarm", "InboxDeadLetterAlarm"):
        stuck = alarms[name]["Properties"]
        assert stuck["MetricName"] == "ApproximateAgeOfOldestMessage"
        assert stuck["Threshold"] == 600


@pytest.mark.parametrize("service", SERVICES)
def test_only_the_reader_of_the_dead_letters_touches_them(service: str) -> None:
    for function in functions(service):
        touched = {
            name
            for statement in function.statements
            for name in templates.references(statement["Resource"])
        }
        assert ("DeadLettersTable" in touched) == (function.logical_id == "OnDeadLettersFunction")


@pytest.mark.parametrize("service", SERVICES)
def test_an_inbox_answers_in_parts_is_capped_and_outlasts_its_function(service: str) -> None:
    (properties,) = _mappings(service, "InboxQueue")
    assert properties["FunctionName"] == {"Ref": "OnInboxFunction"}
    assert properties["FunctionResponseTypes"] == ["ReportBatchItemFailures"]
    assert properties["ScalingConfig"]["MaximumConcurrency"] >= 2
    (consumer,) = (f for f in functions(service) if f.logical_id == "OnInboxFunction")
    inbox = resources(service, "AWS::SQS::Queue")["InboxQueue"]["Properties"]
    assert inbox["VisibilityTimeout"] >= 6 * consumer.properties["Timeout"]


OWN_QUEUES = [("PushesQueue", "OnPushesFunction"), ("WebhooksQueue", "OnWebhooksFunction")]
"""The queues that notifications fills itself, and what works them off."""


@pytest.mark.parametrize(("queue", "worker"), OWN_QUEUES)
def test_a_services_own_queue_loses_nothing_and_is_capped(queue: str, worker: str) -> None:
    (mapping,) = _mappings("notifications", queue)
    assert mapping["FunctionName"] == {"Ref": worker}
    assert mapping["FunctionResponseTypes"] == ["ReportBatchItemFailures"]
    assert mapping["ScalingConfig"]["MaximumConcurrency"] >= 2
    queues = resources("notifications", "AWS::SQS::Queue")
    properties = queues[queue]["Properties"]
    (function,) = (f for f in functions("notifications") if f.logical_id == worker)
    assert properties["VisibilityTimeout"] >= 6 * function.properties["Timeout"]
    dead = properties["RedrivePolicy"]["deadLetterTargetArn"]["Fn::GetAtt"][0]
    assert queues[dead]["Properties"]["MessageRetentionPeriod"] == 14 * 24 * 3600
    assert queues[dead]["DeletionPolicy"] == "Retain"
    (alarm,) = (
        alarm["Properties"]
        for alarm in resources("notifications", "AWS::CloudWatch::Alarm").values()
        if alarm["Properties"]["Dimensions"][0]["Value"] == {"Fn::GetAtt": [dead, "QueueName"]}
    )
    # No function reads it: whatever lies there is somebody's matter.
    assert alarm["MetricName"] == "ApproximateNumberOfMessagesVisible"
    assert (alarm["Statistic"], alarm["Threshold"]) == ("Maximum", 0)


def test_pushes_keep_the_order_of_each_group_and_groups_hold_up_no_other() -> None:
    queues = resources("notifications", "AWS::SQS::Queue")
    properties = queues["PushesQueue"]["Properties"]
    assert properties["FifoQueue"] is True
    assert properties["QueueName"]["Fn::Sub"].endswith(".fifo")
    assert properties["DeduplicationScope"] == "messageGroup"
    assert properties["FifoThroughputLimit"] == "perMessageGroupId"
    assert "ContentBasedDeduplication" not in properties  # each message says what it is
    # A FIFO queue's dead letters can't go into any other.
    dead = queues[properties["RedrivePolicy"]["deadLetterTargetArn"]["Fn::GetAtt"][0]]
    assert dead["Properties"]["FifoQueue"] is True


def test_pushes_are_tried_for_some_minutes_before_they_die() -> None:
    properties = resources("notifications", "AWS::SQS::Queue")["PushesQueue"]["Properties"]
    tries = properties["RedrivePolicy"]["maxReceiveCount"]
    assert 120 <= sum(map(backoff, range(1, tries))) <= 600
    assert properties["MessageRetentionPeriod"] > 24 * 3600


def test_a_frames_answer_goes_back_over_its_connection() -> None:
    routes = resources("notifications", "AWS::ApiGatewayV2::Route")
    route = routes["OnFrameRoute"]["Properties"]
    assert (route["RouteKey"], route["RouteResponseSelectionExpression"]) == ("$default",) * 2
    (response,) = resources("notifications", "AWS::ApiGatewayV2::RouteResponse").values()
    assert response["Properties"] == {
        "ApiId": {"Ref": "WebsocketApiId"},
        "RouteId": {"Ref": "OnFrameRoute"},
        "RouteResponseKey": "$default",
    }


def test_no_route_of_the_websocket_takes_a_token_in_an_address_or_a_header() -> None:
    found = set()
    for service in SERVICES:
        for name, resource in resources(service, "AWS::ApiGatewayV2::Route").items():
            properties = resource["Properties"]
            if properties["ApiId"] == {"Ref": "WebsocketApiId"}:
                found.add(properties["RouteKey"])
                assert properties["AuthorizationType"] == "NONE", name
                assert not {"AuthorizerId", "RequestParameters"} & set(properties), name
    assert found == {"$connect", "$disconnect", "$default"}
    for authorizer in resources("shared", "AWS::ApiGatewayV2::Authorizer").values():
        assert authorizer["Properties"]["ApiId"] == {"Ref": "HttpApi"}
    sources = (folder("shared") / "src/shared/sockets.py").read_text()
    assert "queryString" not in sources
    assert "headers" not in sources.split('"""')[-1]


@pytest.mark.parametrize("stage", ["HttpApiStage", "WebsocketStage"])
def test_no_access_log_holds_what_may_be_a_token(stage: str) -> None:
    properties = resources("shared", "AWS::ApiGatewayV2::Stage")[stage]["Properties"]
    logged = set(re.findall(r"\$context\.([\w.]+)", properties["AccessLogSettings"]["Format"]))
    assert logged
    assert not {name for name in logged if re.search(r"[pP]ath$|query|header|uri", name)}
    for value in (properties, *resources("shared", "AWS::ApiGatewayV2::Api").values()):
        assert "DataTraceEnabled" not in str(value)


def test_an_mqtt_session_may_follow_orders_of_its_stage_and_publish_nothing() -> None:
    role = resources("notifications", "AWS::IAM::Role")["MqttFollowerRole"]["Properties"]
    statements = role["Policies"][0]["PolicyDocument"]["Statement"]
    allowed = {actions(s)[0]: s["Resource"]["Fn::Sub"].rpartition(":")[2] for s in statements}
    assert allowed == {
        "iot:Connect": "client/orderbus-${Stage}-*",
        "iot:Subscribe": "topicfilter/orderbus/${Stage}/orders/*",
        "iot:Receive": "topic/orderbus/${Stage}/orders/*",
    }
    assuming = [
        f.logical_id
        for f in functions()
        for statement in f.statements
        if "sts:AssumeRole" in actions(statement)
    ]
    assert assuming == ["OpenMqttFunction"]


@pytest.mark.parametrize(
    ("action", "allowed"),
    [
        ("sns:Publish", {"OnPushesFunction"}),
        ("execute-api:ManageConnections", {"OnPushesFunction", "SweepFunction"}),
        ("iot:Publish", {"OnPushesFunction", "SweepFunction"}),
    ],
)
def test_only_who_tells_may_write_to_the_channels(action: str, allowed: set[str]) -> None:
    may = {str(f) for f in functions() for s in f.statements if action in actions(s)}
    assert may == {f"notifications.{logical_id}" for logical_id in allowed}


def test_merchants_secrets_are_read_by_those_who_need_them_alone() -> None:
    readers = {
        str(f)
        for f in functions()
        for s in f.statements
        if "notifications/webhooks" in str(s["Resource"])
    }
    assert readers == {"notifications.OnPushesFunction", "notifications.OnWebhooksFunction"}


def test_a_batch_of_payments_fits_the_function_when_every_provider_call_times_out() -> None:
    (mapping,) = _mappings("payments", "InboxQueue")
    (consumer,) = (f for f in functions("payments") if f.logical_id == "OnInboxFunction")
    slowest = float(consumer.environment["PROVIDER_TIMEOUT_SECONDS"])
    assert mapping["BatchSize"] * slowest < consumer.properties["Timeout"]


@pytest.mark.parametrize("service", SERVICES)
def test_queues_and_tables_are_encrypted_and_tables_can_be_restored(service: str) -> None:
    for queue in resources(service, "AWS::SQS::Queue").values():
        assert queue["Properties"]["SqsManagedSseEnabled"] is True
    for table in resources(service, "AWS::DynamoDB::Table").values():
        properties = table["Properties"]
        assert properties["SSESpecification"]["SSEEnabled"] is True
        assert properties["PointInTimeRecoverySpecification"]["PointInTimeRecoveryEnabled"] is True
        assert table["DeletionPolicy"] == table["UpdateReplacePolicy"] == "Retain"


@pytest.mark.parametrize("service", SERVICES)
def test_reserved_names_are_looked_up_where_shared_wrote_them(service: str) -> None:
    written = {
        p["Properties"]["Name"]["Fn::Sub"].rsplit("/", 1)[1]: name
        for name, p in resources("shared", "AWS::SSM::Parameter").items()
    }
    for name, parameter in template(service)["Parameters"].items():
        if parameter["Type"] == "AWS::SSM::Parameter::Value<String>":
            assert kebab(name) in written
            assert parameter["Default"] == f"/orderbus/dev/{kebab(name)}"


@pytest.mark.parametrize("service", SERVICES)
def test_the_root_template_gives_each_stack_every_parameter_that_it_asks_for(service: str) -> None:
    root = templates.load(ROOT / "template.yaml")["Resources"]
    nested = next(
        r["Properties"]
        for r in root.values()
        if r["Properties"]["Location"] == f"services/{service}/template.yaml"
    )
    asked = template(service)["Parameters"]
    required = {name for name, parameter in asked.items() if "Default" not in parameter}
    looked_up = {n for n, p in asked.items() if p["Type"].startswith("AWS::SSM::")}
    assert required | looked_up <= set(nested["Parameters"]) <= set(asked)


@pytest.mark.parametrize("stack", STACKS)
def test_no_template_names_an_account_or_a_region(stack: str) -> None:
    text = (folder(stack) / "template.yaml").read_text()
    assert not any(region in text for region in ("us-east-", "eu-west-", "eu-central-"))
    assert "arn:aws:" not in text


@pytest.mark.parametrize("service", SERVICES)
def test_a_service_deploys_alone_by_its_own_samconfig(service: str) -> None:
    import tomllib  # noqa: PLC0415 - used here only

    config = tomllib.loads((folder(service) / "samconfig.toml").read_text())
    deploy = config["default"]["deploy"]["parameters"]
    assert deploy["stack_name"] == f"orderbus-dev-{service}"
    overrides = " ".join(deploy["parameter_overrides"])
    looked_up = [
        n for n, p in template(service)["Parameters"].items() if p["Type"].startswith("AWS::SSM::")
    ]
    for name in [*looked_up, "SharedLayerArn"]:
        assert f"{name}=" in overrides


def test_no_two_functions_tables_or_queues_share_a_name() -> None:
    keys = {
        "AWS::Serverless::Function": "FunctionName",
        "AWS::DynamoDB::Table": "TableName",
        "AWS::SQS::Queue": "QueueName",
    }
    for kind, key in keys.items():
        names = [
            r["Properties"][key]["Fn::Sub"] for s in STACKS for r in resources(s, kind).values()
        ]
        assert len(names) == len(set(names)) > 0


@pytest.mark.parametrize("stack", STACKS)
def test_whatever_calls_a_function_is_allowed_to(stack: str) -> None:
    # The local stack does not enforce these: only AWS would notice that one is missing.
    permitted = {
        p["Properties"]["FunctionName"]["Ref"]
        for p in resources(stack, "AWS::Lambda::Permission").values()
        if p["Properties"]["Principal"] == "apigateway.amazonaws.com"
        and p["Properties"]["SourceArn"]
    }
    called = {
        _function_called_by(i["Properties"]["IntegrationUri"])
        for i in resources(stack, "AWS::ApiGatewayV2::Integration").values()
    }
    called |= {
        "AuthorizeFunction" for _ in resources(stack, "AWS::ApiGatewayV2::Authorizer").values()
    }
    assert permitted == called


def _function_called_by(uri: dict[str, Any]) -> str:
    """Answers the function of an integration: an HTTP API names it, a WebSocket API invokes it."""
    if "Fn::GetAtt" in uri:
        return str(uri["Fn::GetAtt"][0])
    (name,) = re.findall(r"\$\{(\w+)\.Arn\}/invocations$", uri["Fn::Sub"])
    return str(name)


@pytest.mark.parametrize("service", SERVICES)
def test_only_the_services_own_rule_may_fill_its_queues(service: str) -> None:
    (policy,) = resources(service, "AWS::SQS::QueuePolicy").values()
    (statement,) = policy["Properties"]["PolicyDocument"]["Statement"]
    assert policy["Properties"]["Queues"] == [{"Ref": "InboxQueue"}, {"Ref": "RuleDeadLetterQueue"}]
    assert statement["Principal"] == {"Service": "events.amazonaws.com"}
    assert statement["Condition"] == {
        "ArnEquals": {"aws:SourceArn": {"Fn::GetAtt": ["InboxRule", "Arn"]}}
    }
    queues = [arn["Fn::GetAtt"][0] for arn in statement["Resource"]]
    assert queues == ["InboxQueue", "RuleDeadLetterQueue"]


@pytest.mark.parametrize("service", SERVICES)
def test_a_schedule_may_invoke_its_own_function_and_nothing_else(service: str) -> None:
    for name, schedule in resources(service, "AWS::Scheduler::Schedule").items():
        target = schedule["Properties"]["Target"]
        role = template(service)["Resources"][target["RoleArn"]["Fn::GetAtt"][0]]["Properties"]
        (statement,) = role["Policies"][0]["PolicyDocument"]["Statement"]
        assert statement["Resource"] == target["Arn"], name
        assert statement["Action"] == "lambda:InvokeFunction"


@pytest.mark.parametrize("service", SERVICES)
def test_a_route_to_one_order_is_opened_by_its_token_only(service: str) -> None:
    for key, properties in _http_routes(service):
        if not _is_for_operators(key):
            guarded = properties.get("AuthorizationType") == "CUSTOM"
            assert guarded == ("{transaction_id}" in key)
            assert not guarded or properties["AuthorizerId"] == {"Ref": "AuthorizerId"}


@pytest.mark.parametrize("service", SERVICES)
def test_a_route_for_operators_is_opened_to_operators_only(service: str) -> None:
    for key, properties in _http_routes(service):
        if _is_for_operators(key):
            assert properties["AuthorizationType"] == "CUSTOM"
            assert properties["AuthorizerId"] == {"Ref": "OperatorAuthorizerId"}


def _http_routes(stack: str) -> list[tuple[str, dict[str, Any]]]:
    routes = [r["Properties"] for r in resources(stack, "AWS::ApiGatewayV2::Route").values()]
    return [(p["RouteKey"], p) for p in routes if " " in p["RouteKey"]]


def _is_for_operators(route_key: str) -> bool:
    return route_key.partition(" ")[2].startswith("/operations/")


def test_what_the_operators_authorizer_says_is_never_kept() -> None:
    authorizers = resources("shared", "AWS::ApiGatewayV2::Authorizer")
    operators = authorizers["OperatorAuthorizer"]["Properties"]
    assert operators["AuthorizerResultTtlInSeconds"] == 0
    assert "IdentitySource" not in operators  # it is asked without an Authorization header, too
    assert (
        operators["AuthorizerUri"]
        == authorizers["TrackingAuthorizer"]["Properties"]["AuthorizerUri"]
    )


def test_the_sandboxs_switches_and_its_bank_are_there_with_the_sandbox_alone() -> None:
    document = template("payments")
    assert document["Conditions"]["ProviderIsSandbox"] == {
        "Fn::Equals": [{"Ref": "Provider"}, "sandbox"]
    }
    found = {
        resource["Type"]
        for name, resource in document["Resources"].items()
        if name.startswith(SANDBOXS_OWN) and resource.get("Condition") == "ProviderIsSandbox"
    }
    assert len(found) == 5
    for name, resource in document["Resources"].items():
        assert ("Condition" in resource) == name.startswith(SANDBOXS_OWN), name


def test_bus_and_archive_survive_their_stack_and_no_replay_is_archived_again() -> None:
    (bus,) = resources("shared", "AWS::Events::EventBus").values()
    (archive,) = resources("shared", "AWS::Events::Archive").values()
    for kept in (bus, archive):
        assert kept["DeletionPolicy"] == kept["UpdateReplacePolicy"] == "Retain"
    event = {"source": "orderbus.orders", "detail-type": "OrderPlaced", "detail": {}}
    pattern = archive["Properties"]["EventPattern"]
    assert matches(pattern, event)
    assert not matches(pattern, event | {"replay-name": "drill"})
