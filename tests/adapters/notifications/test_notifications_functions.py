"""The journal's functions whole, as Lambda calls them: wiring and settings, too, on moto."""

import json
from collections.abc import Iterator

import pytest
from events import confirmed, placed
from notifications_stage import Stage, body_of, stage
from workers import cold

from notifications import wiring
from shared.errors import ConfigurationError


@pytest.fixture
def world(monkeypatch: pytest.MonkeyPatch) -> Iterator[Stage]:
    with stage(monkeypatch) as made:
        yield made


def test_a_batch_is_journalled_once_and_the_poison_in_it_parked(world: Stage) -> None:
    batch = [body_of(placed(("A", 1))), "poison", body_of(confirmed()), body_of(confirmed())]
    assert world.deliver(*batch) == []
    answer = json.loads(world.ask()["body"])
    assert (answer["status"], answer["sequence"], answer["final"]) == ("CONFIRMED", 2, False)
    (dead,) = world.parked()
    assert dead["Body"] == "poison"
    assert dead["MessageAttributes"]["error"]["StringValue"] == "MalformedError"


def test_a_replayed_event_is_parked_and_shown_to_nobody(world: Stage) -> None:
    replayed = body_of(placed(("A", 1)), **{"replay-name": "drill"})
    assert world.deliver(replayed) == []
    assert [dead["Body"] for dead in world.parked()] == [replayed]
    assert json.loads(world.ask()["body"])["status"] == "ACCEPTED"


def test_a_journal_out_of_reach_keeps_every_message(world: Stage) -> None:
    world.dynamodb.delete_table(TableName=world.table)
    body = body_of(placed(("A", 1)))
    assert world.deliver(body) == [body]
    assert world.parked() == []


def test_who_has_the_view_already_gets_an_empty_answer(world: Stage) -> None:
    world.deliver(body_of(placed(("A", 1))))
    etag = world.ask()["headers"]["etag"]
    again = world.ask(**{"If-None-Match": etag})
    assert (again["statusCode"], again["body"]) == (304, "")
    assert "content-type" not in again["headers"]
    assert again["headers"]["etag"] == etag


def test_a_wrong_setting_fails_at_the_first_call_and_says_which(
    world: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    cold(monkeypatch, wiring, {"JOURNAL_DAYS": "0"})
    with pytest.raises(ConfigurationError, match="JOURNAL_DAYS"):
        world.deliver(body_of(placed(("A", 1))))
