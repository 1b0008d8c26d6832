"""Messages that die, are parked, told of and redriven; and messages that a deploy sends back."""

import json
import subprocess
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from uuid import uuid4

import pytest
from backstage import Backstage, Stock
from project import ROOT
from shop import Order, Shop, until

from local_stack import LocalStack
from orderbus.dead_letters.office import Office, Wanted
from shared.clock import now
from shared.dead_letters import DeadLetter

pytestmark = [pytest.mark.end_to_end, pytest.mark.timeout(600)]

PRICE = 1000
ON_INBOX = "orderbus-dev-{}-on-inbox"


class Operator:
    """An engineer on call: with the command line, and with the AWS APIs."""

    def __init__(self, stack: LocalStack) -> None:
        self.stack, self.aws = stack, stack.aws
        self.office = Office(self.aws.dynamodb, self.aws.sqs, "dev", now)

    def run(self, *arguments: str) -> str:
        """Answers what `orderbus dead-letters` prints; it must succeed."""
        command = [ROOT / ".venv/bin/orderbus", "dead-letters", *arguments]
        done = subprocess.run(
            [*command, "--state", self.stack.state], capture_output=True, text=True, check=False
        )
        assert done.returncode == 0, done.stderr
        return done.stdout + done.stderr

    def letters(self, orders: Sequence[Order], *, redriven: bool = False) -> list[DeadLetter]:
        """Answers the dead letters of these orders."""
        transactions = {order.transaction_id for order in orders}
        found = self.office.letters(Wanted(redriven=redriven))
        return [letter for letter in found if letter.transaction_id in transactions]

    def queue(self, name: str) -> str:
        """Answers a queue's address."""
        return self.aws.sqs.get_queue_url(QueueName=f"orderbus-dev-{name}")["QueueUrl"]

    def waiting(self, name: str) -> int:
        """Answers how many messages a queue has, in whoever's hands."""
        names = ("ApproximateNumberOfMessages", "ApproximateNumberOfMessagesNotVisible")
        found = self.aws.sqs.get_queue_attributes(
            QueueUrl=self.queue(name), AttributeNames=list(names)
        )["Attributes"]
        return sum(int(found[name]) for name in names)

    def drained(self, service: str) -> None:
        """Returns when nothing is left in a service's queues."""
        names = (f"{service}-inbox", f"{service}-inbox-dlq", f"{service}-rule-dlq")
        until(
            lambda: {name: self.waiting(name) for name in names},
            lambda left: not any(left.values()),
            within=120,
            what="drained",
        )

    @contextmanager
    def configured(self, service: str, **variables: str) -> Iterator[None]:
        """Runs the block with other environment variables for a service's inbox function."""
        name = ON_INBOX.format(service)
        before = self.aws.functions.get_function_configuration(FunctionName=name)
        own = before["Environment"]["Variables"]
        self._configure(name, own | variables)
        try:
            yield
        finally:
            self._configure(name, own)

    def _configure(self, function: str, variables: dict[str, str]) -> None:
        self.aws.functions.update_function_configuration(
            FunctionName=function, Environment={"Variables": variables}
        )

    @contextmanager
    def impatient(self, service: str, *, receives: int, seconds: int) -> Iterator[None]:
        """Runs the block with an inbox that redelivers soon and gives up soon."""
        url, names = self.queue(f"{service}-inbox"), ("RedrivePolicy", "VisibilityTimeout")
        before = self.aws.sqs.get_queue_attributes(QueueUrl=url, AttributeNames=list(names))
        own = {name: before["Attributes"][name] for name in names}
        policy = json.loads(own["RedrivePolicy"]) | {"maxReceiveCount": receives}
        soon = {"RedrivePolicy": json.dumps(policy), "VisibilityTimeout": str(seconds)}
        self.aws.sqs.set_queue_attributes(QueueUrl=url, Attributes=soon)
        try:
            yield
        finally:
            self.aws.sqs.set_queue_attributes(QueueUrl=url, Attributes=own)

    @contextmanager
    def paused(self, service: str) -> Iterator[None]:
        """Runs the block while a service's inbox only fills."""
        (mapping,) = self.aws.functions.list_event_source_mappings(
            FunctionName=ON_INBOX.format(service)
        )["EventSourceMappings"]
        self.aws.functions.update_event_source_mapping(UUID=mapping["UUID"], Enabled=False)
        try:
            yield
        finally:
            self.aws.functions.update_event_source_mapping(UUID=mapping["UUID"], Enabled=True)

    def deploy(self, service: str) -> None:
        """Gives a service's inbox function its code once more, as a deployment does."""
        template = self.aws.cloudformation.get_template(StackName=f"orderbus-dev-{service}")
        body = template["TemplateBody"]
        document = json.loads(body) if isinstance(body, str) else body
        code = document["Resources"]["OnInboxFunction"]["Properties"]["Code"]
        self.aws.functions.update_function_code(FunctionName=ON_INBOX.format(service), **code)


@pytest.fixture
def operator(stack: LocalStack) -> Operator:
    return Operator(stack)


def test_the_drill_a_broken_service_is_mended_and_what_died_is_redriven(
    shop: Shop, backstage: Backstage, operator: Operator
) -> None:
    sku = backstage.new_product(stock=50, price=PRICE)
    tried = _awaiting_the_shopper(shop, sku)
    # The function can't reach its table, and the queue gives up after seconds instead of 15 min.
    with (
        operator.impatient("payments", receives=2, seconds=10),
        operator.configured("payments", PAYMENTS_TABLE="orderbus-dev-nowhere"),
    ):
        orders = [shop.checkout((sku, 1), price=PRICE) for _ in range(3)]
        for order in orders:
            _assert_rejected_for_payments(order)
        _act(shop, backstage, tried)
        assert tried.decided()["status"] == "CONFIRMED"
        operator.drained("payments")
        died = until(
            lambda: operator.letters([*orders, tried]),
            lambda letters: len(letters) >= 7,
            within=60,
            what="parked",
        )
        assert (tried.read()["settled"], tried.read()["failures"]) == (False, [])
    assert {(d.error, d.hop, d.service) for d in died} == {
        ("RetriesExhausted", "inbox", "payments")
    }
    shown = operator.run("list", "--service", "payments", "--error", "RetriesExhausted")
    assert all(letter.dead_letter_id in shown for letter in died)
    story = operator.run("show", died[0].dead_letter_id)
    assert '"detail-type"' in story
    assert "SegmentFailed" in story

    operator.run("redrive", "--service", "payments", "--yes", "--rate", "50")
    assert [order.settled()["status"] for order in orders] == ["REJECTED"] * 3
    assert tried.settled()["status"] == "CONFIRMED"
    assert operator.letters([*orders, tried]) == []
    _assert_adds_up(backstage, sku, orders, tried)

    for more in ((), ("--again",)):
        operator.run("redrive", "--service", "payments", "--yes", "--rate", "50", *more)
        operator.drained("payments")
    assert operator.letters([*orders, tried]) == []
    _assert_adds_up(backstage, sku, orders, tried)


def _awaiting_the_shopper(shop: Shop, sku: str) -> Order:
    """Answers an order whose payment waits for the shopper: the provider's notice goes on."""
    order = shop.checkout((sku, 1), price=PRICE, method="pm_sandbox_action_required")
    until(
        order.updates,
        lambda v: (
            {"inventory": "reserved", "payments": "action_required"}.items()
            <= {name: s["state"] for name, s in v["segments"].items()}.items()
        ),
        within=60,
        what="asked for an action",
    )
    return order


def _act(shop: Shop, backstage: Backstage, order: Order) -> None:
    notice = {"transaction_id": order.transaction_id, "outcome": "succeeded"}
    body, headers = backstage.signed_notice(notice)
    assert shop.http.post("/payments/webhook", content=body, headers=headers).status_code == 200


def _assert_rejected_for_payments(order: Order) -> None:
    decided = order.decided()
    assert decided["status"] == "REJECTED"
    assert [(f["segment"], f["code"]) for f in decided["failures"]] == [
        ("payments", "segment_failed")
    ]
    view = until(order.updates, lambda v: v["failures"], within=60, what="told")
    assert [(f["segment"], f["code"]) for f in view["failures"]] == [("payments", "segment_failed")]


def _assert_adds_up(
    backstage: Backstage, sku: str, rejected: Sequence[Order], confirmed: Order
) -> None:
    assert backstage.stock(sku) == Stock(available=49, reserved=0, sold=1)
    assert backstage.provider(confirmed.transaction_id) == ["captured"]
    for order in rejected:
        assert backstage.provider(order.transaction_id) in ([], ["voided"])


def test_a_poisoned_message_is_parked_at_once_and_holds_up_no_good_one(
    shop: Shop, operator: Operator
) -> None:
    poison = f"poison {uuid4()}"
    operator.drained("payments")
    with operator.paused("payments"):
        orders = [shop.checkout(("TEA-EARL-GREY", 1)) for _ in range(2)]
        until(lambda: operator.waiting("payments-inbox"), lambda n: n >= 2, within=60, what="in")
        operator.aws.sqs.send_message(QueueUrl=operator.queue("payments-inbox"), MessageBody=poison)
        orders += [shop.checkout(("TEA-EARL-GREY", 1)) for _ in range(2)]
        until(lambda: operator.waiting("payments-inbox"), lambda n: n >= 5, within=60, what="in")
    assert [order.decided()["status"] for order in orders] == ["CONFIRMED"] * 4
    for order in orders:
        order.settled()
    letter = until(
        lambda: [d for d in operator.office.letters(Wanted("payments")) if d.body == poison],
        bool,
        within=60,
        what="parked",
    )[0]
    assert (letter.error, letter.attempts, letter.transaction_id) == ("MalformedError", 1, None)
    assert letter.reason == "the message is not JSON"
    assert operator.letters(orders, redriven=True) == []


def test_a_deploy_while_orders_are_in_flight_loses_none(
    shop: Shop, backstage: Backstage, operator: Operator
) -> None:
    sku = backstage.new_product(stock=50, price=PRICE)

    def place(_number: int) -> Order:
        return shop.checkout((sku, 1), price=PRICE)

    # A worker that is replaced at work takes its batch along: SQS delivers it again after this.
    with (
        operator.impatient("payments", receives=20, seconds=15),
        operator.impatient("inventory", receives=20, seconds=15),
        ThreadPoolExecutor(2) as pool,
    ):
        placing = [pool.submit(place, number) for number in range(12)]
        for placed in placing[::3]:
            placed.result()
            operator.deploy("payments")
            with operator.configured("inventory", POWERTOOLS_LOG_LEVEL="WARNING"):
                operator.deploy("inventory")
        orders = [placed.result() for placed in placing]
        final = [order.settled(within=180) for order in orders]
    assert [order["status"] for order in final] == ["CONFIRMED"] * 12
    assert backstage.stock(sku) == Stock(available=38, reserved=0, sold=12)
    for order in orders:
        assert backstage.provider(order.transaction_id) == ["captured"]
    assert operator.letters(orders, redriven=True) == []
