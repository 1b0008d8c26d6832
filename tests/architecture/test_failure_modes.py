"""The page of what can fail is complete, and everything that it names is there."""

import re
from functools import cache

from project import ROOT, STACKS, functions, resources, template

from simulator.faults import KINDS

PAGE = (ROOT / "docs" / "failure-modes.md").read_text()
LABELS = ["Shopper", "On call", "By itself", "By hand", "Shown by"]
AWS = {
    "ApiGatewayV2": "API Gateway",
    "CloudWatch": "CloudWatch",
    "DynamoDB": "DynamoDB",
    "EventSchemas": "schema registry",
    "Events": "EventBridge",
    "IAM": "IAM",
    "Lambda": "Lambda",
    "Logs": "CloudWatch Logs",
    "SNS": "SNS",
    "SQS": "SQS",
    "SSM": "SSM",
    "Scheduler": "Scheduler",
    "Serverless": "Lambda",
}
"""What a service of AWS is called on the page, by its name in the types of resources."""


@cache
def sections() -> dict[str, str]:
    """Answers the text of each thing that can fail, by its heading."""
    parts = re.split(r"^### (.+)$", PAGE, flags=re.MULTILINE)
    return {
        heading: text.split("\n## ")[0]
        for heading, text in zip(parts[1::2], parts[2::2], strict=True)
    }


def shown_by(text: str) -> list[str]:
    """Answers what a section names as its proof."""
    return re.findall(r"`(\w+)`", text.split("- Shown by:")[1])


def test_every_failure_says_what_is_seen_what_recovers_and_what_shows_it() -> None:
    for heading, text in sections().items():
        assert re.findall(r"^- ([\w ]+): \S", text, re.MULTILINE) == LABELS, heading


def test_every_failure_is_shown_by_tests_that_exist() -> None:
    found = {
        name
        for path in (ROOT / "tests").rglob("test_*.py")
        for name in re.findall(r"^ *def (test_\w+)", path.read_text(), re.MULTILINE)
    }
    for heading, text in sections().items():
        tests = [name for name in shown_by(text) if name.startswith("test_")]
        assert tests, heading
        assert [name for name in tests if name not in found] == [], heading


def test_every_fault_of_the_simulator_belongs_to_a_failure_and_no_other_is_named() -> None:
    named = {
        name
        for text in sections().values()
        for name in shown_by(text)
        if not name.startswith("test_")
    }
    assert named == set(KINDS)


def test_every_service_of_aws_in_the_templates_has_a_failure() -> None:
    used = {
        resource["Type"].split("::")[1]
        for stack in STACKS
        for resource in template(stack)["Resources"].values()
    }
    assert used - AWS.keys() == set()
    for service in used:
        assert any(AWS[service] in heading for heading in sections()), service


def test_every_function_has_its_line() -> None:
    handlers = {
        function.properties["Handler"].removesuffix(".handler")
        for stack in STACKS
        for function in functions(stack)
    }
    assert set(re.findall(r"^\| `([\w.]+)`", PAGE, re.MULTILINE)) == handlers


def test_every_alarm_is_explained_and_no_other_is_named() -> None:
    alarms = {
        re.sub(
            r"\$\{Stage\}-[a-z]+-",
            "<stage>-<service>-",
            resource["Properties"]["AlarmName"]["Fn::Sub"],
        )
        for stack in STACKS
        for resource in resources(stack, "AWS::CloudWatch::Alarm").values()
    }
    assert set(re.findall(r"`(orderbus-<stage>-[\w<>-]+)`", PAGE)) == alarms


def test_every_metric_that_is_named_is_counted_somewhere() -> None:
    sources = "".join(
        path.read_text()
        for folder in ("shared", "services")
        for path in (ROOT / folder).rglob("src/**/*.py")
    )
    lists = re.findall(r"metrics? ((?:`\w+`(?:, )?)+)", PAGE)
    named = {name for names in lists for name in re.findall(r"\w+", names)}
    assert named
    assert [name for name in named if f'"{name}"' not in sources] == []
