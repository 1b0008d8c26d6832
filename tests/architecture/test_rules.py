"""The rules of the bus: who gets what, held against a real sample of every event."""

import importlib
import json
from typing import Any

import pytest
from project import ROOT, SERVICES, functions, resources

from shared.events import CATALOGUE, SOURCE_PREFIX
from simulator.aws.patterns import matches

EVENTS = [(s, model.detail_type()) for s, models in CATALOGUE.items() for model in models]


def _event(service: str, name: str) -> dict[str, Any]:
    """Answers the stored sample of an event as EventBridge delivers it."""
    sample = json.loads(
        (ROOT / "shared" / "schemas" / service / f"{name}.v1.sample.json").read_text()
    )
    return {
        "version": "0",
        "id": "11111111-2222-4333-8444-555555555555",
        "detail-type": name,
        "source": SOURCE_PREFIX + service,
        "account": "123456789012",
        "time": "2026-11-23T10:00:00Z",
        "region": "eu-central-1",
        "resources": [],
        "detail": sample,
    }


def _pattern(service: str) -> dict[str, Any]:
    (rule,) = resources(service, "AWS::Events::Rule").values()
    return dict(rule["Properties"]["EventPattern"])


def _consumes(service: str) -> set[tuple[str, str]]:
    declared = importlib.import_module(f"{service}.consumes").CONSUMES
    return {(producer, model.detail_type()) for producer, model in declared}


@pytest.mark.parametrize("service", SERVICES)
def test_the_rule_of_a_service_takes_exactly_the_events_that_its_code_consumes(
    service: str,
) -> None:
    taken = {event for event in EVENTS if matches(_pattern(service), _event(*event))}
    assert taken == _consumes(service)


@pytest.mark.parametrize("service", SERVICES)
def test_no_live_rule_takes_a_replayed_event(service: str) -> None:
    for event in EVENTS:
        replayed = _event(*event) | {"replay-name": "drill"}
        assert not matches(_pattern(service), replayed)


@pytest.mark.parametrize("service", SERVICES)
def test_no_rule_takes_an_event_of_a_foreign_source(service: str) -> None:
    for _, name in EVENTS:
        foreign = _event("orders", "OrderPlaced") | {"source": "aws.s3", "detail-type": name}
        assert not matches(_pattern(service), foreign)


def test_every_published_event_has_a_consumer() -> None:
    consumed = set().union(*(_consumes(service) for service in SERVICES))
    # notifications has no segment in an order; its own failures reach operators by alarm.
    assert set(EVENTS) - consumed <= {("notifications", "SegmentFailed")}


@pytest.mark.parametrize("service", SERVICES)
def test_what_the_functions_say_they_publish_is_what_the_contracts_give_the_service(
    service: str,
) -> None:
    said = {
        name
        for function in functions(service)
        for name in function.resource.get("Metadata", {}).get("Publishes", [])
    }
    assert said == {model.detail_type() for model in CATALOGUE[service]}
