"""`orderbus dead-letters` on moto: what is found, what is sent where, what is refused."""

import json
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import boto3
import pytest
from events import placed
from fakes_shared import NOON, TRANSACTION, FakeClock
from moto import mock_aws
from project import SERVICES
from tables import create
from told import GAVE_UP
from typer.testing import CliRunner, Result
from workers import REGION

from notifications.adapters import DynamoJournal
from orderbus.dead_letters.office import Office, OfficeError, Wanted
from orderbus.main import app
from shared.dead_letters import DeadLetter, Hop, parked
from shared.events import compose

PLACED = placed(("A", 1))
OTHER = "1b5bfb4e-3d0c-5a39-9f0c-2f9f2f7e4f11"
MINUTE = timedelta(minutes=1)


class World:
    """Every service's inbox and dead letters, and the journal."""

    def __init__(self) -> None:
        self.dynamodb, self.sqs = boto3.client("dynamodb", REGION), boto3.client("sqs", REGION)
        self.inboxes = {
            service: self.sqs.create_queue(QueueName=f"orderbus-test-{service}-inbox")["QueueUrl"]
            for service in SERVICES
        }
        self.tables = {
            service: create(self.dynamodb, service, "DeadLettersTable") for service in SERVICES
        }
        self.clock = FakeClock()
        journal = create(self.dynamodb, "notifications", "JournalTable")
        self.journal = DynamoJournal(
            self.dynamodb, journal, self.clock, keeps_for=timedelta(days=400)
        )
        self.office = Office(self.dynamodb, self.sqs, "test", self.clock)
        self.pauses: list[float] = []

    def park(
        self,
        name: str,
        service: str = "payments",
        *,
        error: str = "KeyError",
        transaction: str | None = TRANSACTION,
        body: str = "{}",
    ) -> DeadLetter:
        """Parks a dead letter, each a minute after the one before."""
        self.clock.forward(60)
        letter = DeadLetter(
            dead_letter_id=name,
            service=service,
            hop=Hop.INBOX,
            body=body,
            error=error,
            reason="because",
            attempts=20,
            transaction_id=transaction,
            event_id="e",
            detail_type="OrderPlaced",
            died_at=self.clock(),
        )
        parked(self.dynamodb, self.tables[service]).save(letter)
        return letter

    def ids(self, **wanted: object) -> list[str]:
        """Answers the ids of the dead letters that are meant."""
        letters = self.office.letters(Wanted(**wanted))  # type: ignore[arg-type]
        return [letter.dead_letter_id for letter in letters]

    def redrive(self, *ids: str) -> None:
        """Redrives these without a pause."""
        list(self.office.redrive(self.office.find(ids), rate=2, pause=self.pauses.append))

    def received(self, service: str = "payments") -> list[str]:
        """Answers the bodies that lie in a service's inbox."""
        answer = self.sqs.receive_message(
            QueueUrl=self.inboxes[service], MaxNumberOfMessages=10, VisibilityTimeout=0
        )
        return [message["Body"] for message in answer.get("Messages", [])]

    def run(self, *arguments: str, answers: str = "") -> Result:
        """Runs the command as a shell does."""
        options = ("--stage", "test", "--aws")
        return CliRunner().invoke(app, ["dead-letters", *arguments, *options], input=answers)


@pytest.fixture
def world(monkeypatch: pytest.MonkeyPatch) -> Iterator[World]:
    monkeypatch.setenv("AWS_DEFAULT_REGION", REGION)
    with mock_aws():
        yield World()


# The office -------------------------------------------------------------------------------------


def test_dead_letters_of_all_services_are_listed_newest_first(world: World) -> None:
    for name, service in (("1", "payments"), ("2", "orders"), ("3", "notifications")):
        world.park(name, service)
    assert world.ids() == ["3", "2", "1"]


def test_dead_letters_are_found_by_service_error_and_order(world: World) -> None:
    world.park("1")
    world.park("2", "orders", error="MalformedError")
    world.park("3", transaction=OTHER)
    assert world.ids(service="orders") == ["2"]
    assert world.ids(error="KeyError") == ["3", "1"]
    assert world.ids(transaction=OTHER, service="payments") == ["3"]
    with pytest.raises(OfficeError, match="no service is called shipping"):
        Wanted("shipping")


def test_a_dead_letter_is_found_by_the_beginning_of_its_id(world: World) -> None:
    for name in ("abc-1", "abd-2", "abd-3", "ab"):
        world.park(name)
    found = world.office.find(["abc", "abc-1", "ab"])
    assert [letter.dead_letter_id for letter in found] == ["abc-1", "ab"]
    with pytest.raises(OfficeError, match="2 dead letters have ids that begin with abd"):
        world.office.find(["abd"])
    for unknown in ("xyz", ""):
        with pytest.raises(OfficeError):
            world.office.find([unknown])


def test_a_redriven_letter_lies_in_its_services_inbox_as_it_died(world: World) -> None:
    body = json.dumps({"detail-type": "OrderPlaced", "note": "é"})
    world.park("1", "inventory", body=body)
    world.redrive("1")
    assert world.received("inventory") == [body]
    assert world.received("payments") == []
    (letter,) = world.office.letters(Wanted(redriven=True))
    assert (letter.redriven_at, letter.redrives) == (NOON + MINUTE, 1)
    assert world.ids() == []


def test_letters_are_redriven_at_the_pace_that_is_asked_for(world: World) -> None:
    for name in ("1", "2", "3"):
        world.park(name)
    world.redrive("1", "2", "3")
    assert world.pauses == [0.5, 0.5]


def test_two_who_redrive_the_same_letter_at_once_both_succeed(world: World) -> None:
    world.park("1")
    (letter,) = world.office.find(["1"])
    for _ in range(2):
        list(world.office.redrive([letter], rate=1, pause=world.pauses.append))
    assert len(world.received()) == 2
    assert world.office.find(["1"])[0].redrives == 1


# The commands -----------------------------------------------------------------------------------


def test_the_list_shows_what_died_and_where(world: World) -> None:
    world.park("letter-1")
    shown = world.run("list")
    assert shown.exit_code == 0
    for cell in ("letter-1", "payments", "inbox", "OrderPlaced", "KeyError", "20", TRANSACTION):
        assert cell in shown.output
    assert "1 dead letter (1 of payments)" in shown.output
    assert "letter-1" not in world.run("list", "--service", "orders").output


def test_the_list_shows_redriven_ones_only_on_request(world: World) -> None:
    world.park("letter-1")
    world.redrive("letter-1")
    assert "letter-1" not in world.run("list").output
    assert "letter-1" in world.run("list", "--all").output


def test_a_letter_is_shown_whole_with_the_story_of_its_order(world: World) -> None:
    world.park("letter-1", body='{"detail-type": "OrderPlaced"}')
    failed = compose(
        GAVE_UP, service="payments", transaction_id=TRANSACTION, cause="c", now=NOON + MINUTE
    )
    for heard in (PLACED, failed):
        world.journal.append(heard)
    shown = world.run("show", "letter-1").output
    assert '  "detail-type": "OrderPlaced"' in shown
    assert "because" in shown
    assert shown.index("1  2026-11-23 12:00:00Z  orders") < shown.index("SegmentFailed")


@pytest.mark.parametrize("body", ["poison [bold]", "\x1b[2Jpoison [bold]"])
def test_a_body_that_is_no_json_is_shown_as_it_came_and_steers_no_terminal(
    world: World, body: str
) -> None:
    world.park("letter-1", body=body, transaction=None)
    shown = world.run("show", "letter-1")
    assert shown.exit_code == 0
    assert "poison [bold]" in shown.output
    assert "\x1b" not in shown.output


def test_a_second_redrive_sends_nothing(world: World) -> None:
    world.park("1")
    assert "1 redriven" in world.run("redrive", "1", "--yes").output
    again = world.run("redrive", "1", "--yes")
    assert again.exit_code == 0
    assert "1 redriven before" in again.output
    assert len(world.received()) == 1
    world.run("redrive", "1", "--yes", "--again")
    assert len(world.received()) == 2


@pytest.mark.parametrize(
    ("chosen", "bodies"),
    [
        (("--everything",), {"a", "b", "c"}),
        (("--error", "MalformedError"), {"b"}),
        (("--transaction", OTHER), {"c"}),
    ],
)
def test_letters_are_redriven_by_choice(
    world: World, chosen: tuple[str, ...], bodies: set[str]
) -> None:
    world.park("1", body="a")
    world.park("2", body="b", error="MalformedError")
    world.park("3", body="c", transaction=OTHER)
    assert world.run("redrive", *chosen, "--yes", "--rate", "1000").exit_code == 0
    assert set(world.received()) == bodies


def test_a_dry_run_says_what_would_be_and_does_nothing(world: World) -> None:
    world.park("letter-1")
    said = world.run("redrive", "--everything", "--dry-run")
    assert "letter-1" in said.output
    assert world.received() == []
    assert world.ids() == ["letter-1"]


def test_nothing_is_redriven_without_a_yes(world: World) -> None:
    world.park("1")
    assert world.run("redrive", "1", answers="n\n").exit_code == 1
    assert world.received() == []
    assert world.run("redrive", "1", answers="y\n").exit_code == 0
    assert len(world.received()) == 1


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        (("redrive", "--yes"), "say what to redrive"),
        (("redrive", "1", "--everything", "--yes"), "say what to redrive"),
        (("redrive", "1", "--service", "payments", "--yes"), "say what to redrive"),
        (("redrive", "1", "unknown", "--yes"), "no dead letter has the id unknown"),
        (("redrive", "1", "--rate", "0", "--yes"), "--rate"),
        (("list", "--service", "shipping"), "no service is called shipping"),
        (("show", "unknown"), "no dead letter has the id unknown"),
    ],
)
def test_a_wrong_call_is_one_clear_line_and_nothing_is_done(
    world: World, wrong: tuple[str, ...], said: str
) -> None:
    world.park("1")
    result = world.run(*wrong)
    assert result.exit_code == 1
    (line,) = result.output.splitlines()
    assert line.startswith("orderbus: ")
    assert said in line
    assert world.received() == []


def test_a_stage_that_is_not_there_is_one_clear_line(world: World) -> None:
    world.dynamodb.delete_table(TableName=world.tables["inventory"])
    result = world.run("list")
    assert result.exit_code == 1
    (line,) = result.output.splitlines()
    assert "is stage test deployed on AWS (eu-central-1)?" in line


def test_a_redrive_that_breaks_off_says_how_far_it_came(world: World) -> None:
    world.park("1", "payments")
    world.park("2", "orders")
    world.sqs.delete_queue(QueueUrl=world.inboxes["orders"])
    result = world.run("redrive", "--everything", "--yes", "--rate", "1000")
    assert result.exit_code == 1
    assert "stopped after 1 of 2" in result.output
    assert world.ids() == ["2"]


def test_without_a_local_stack_the_ordinary_aws_is_asked(world: World, tmp_path: Path) -> None:
    world.park("letter-1")
    arguments = ["dead-letters", "list", "--stage", "test", "--state", str(tmp_path)]
    assert "letter-1" in CliRunner().invoke(app, arguments).output
