"""Worlds in which shoppers follow their orders, and what functions of groups get to see."""

from collections import Counter
from functools import partial
from random import Random
from typing import Any

import pytest
from fake_aws import fake

from simulator import invariants, running, shoppers
from simulator.aws.queues import queue_of
from simulator.event_sources import QueueMapping
from simulator.faults import NONE, Dice, Rates
from simulator.invocations import Invocation
from simulator.shoppers import Shopper
from simulator.world import World

ORDERS = 6


def _shopper(world: World, number: int, follows: int) -> Shopper:
    buyer = shoppers.buyer(number, world.random, [("TEA", 1)], "approve")
    buyer.follows = follows
    world.start(partial(shoppers.shop, world, buyer), 0.0)
    return buyer


def _lived(world: World, follows: int) -> list[Shopper]:
    running.open_shop(world, ORDERS)
    buyers = [_shopper(world, number, follows) for number in range(ORDERS)]
    world.loop.run_until(world.loop.now + 600)
    world.dice.healed = True
    running.settle(world)
    return buyers


def test_who_follows_hears_of_each_order_what_sns_and_the_topic_are_told() -> None:
    with World(1, NONE).alive() as world:
        buyers = _lived(world, follows=2)
        assert invariants.check(world, buyers, shoppers.stock(ORDERS)) == []
        assert len(world.followings) == 2 * ORDERS
        assert all(following.lasts for following in world.followings)
        finals = [following.updates[-1]["final"] for following in world.followings]
        assert finals == [True] * 2 * ORDERS
        (topic,) = world.cloud.sns.topics.values()
        kinds = Counter(notice.attributes["kind"] for notice in topic)
        assert kinds["order"] >= 2 * ORDERS
        assert len(world.cloud.iot.retained) == ORDERS


def test_whose_connection_breaks_comes_back_and_hears_the_rest() -> None:
    with World(2, Rates(**vars(NONE) | {"disconnected": 0.5})).alive() as world:
        buyers = _lived(world, follows=1)
        assert invariants.check(world, buyers, shoppers.stock(ORDERS)) == []
        broken = [following for following in world.followings if not following.lasts]
        assert broken
        assert len(world.followings) == ORDERS + len(broken)


def test_what_died_on_its_way_to_followers_is_moved_back_by_an_operator() -> None:
    with World(3, NONE).alive() as world:
        running.open_shop(world, ORDERS)
        name = "orderbus-dev-notifications-on-pushes"
        (arn,) = [f.arn for f in world.functions.values() if f.name == name]
        world.dead_until[arn] = world.loop.now + 3600
        buyers = [_shopper(world, number, 1) for number in range(ORDERS)]
        world.loop.run_until(world.loop.now + 3000)
        dead = [queue for queue in world.cloud.sqs.by_url.values() if queue.name.endswith(".fifo")]
        assert sum(queue.size for queue in dead if "-dlq" in queue.name) > 0
        world.dead_until.clear()
        running.settle(world)
        assert invariants.check(world, buyers, shoppers.stock(ORDERS)) == []


def test_a_world_that_gets_nowhere_is_left_soon() -> None:
    with World(4, NONE).alive() as world:
        running.open_shop(world, ORDERS)
        world.under_way += 1  # somebody who never comes back
        began = world.loop.now
        running.settle(world)
        hours = (world.loop.now - began) / 3600
    assert running.STUCK_HOURS <= hours < running.STUCK_HOURS + 1


FIFO = {"FifoQueue": True, "DeduplicationScope": "messageGroup", "VisibilityTimeout": 60}


class Worker:
    """A function of a queue of groups: it takes a second, and fails for what it is told to."""

    def __init__(self, *fails: str, most_at_once: int = 5) -> None:
        self.batches: list[list[tuple[str, str]]] = []
        self.fails = list(fails)
        self.busy: Counter[str] = Counter()
        with fake() as made:
            self.loop, self.sqs = made.loop, made.cloud.sqs
        self.queue = queue_of("q.fifo", "https://sqs/q.fifo", "arn:q.fifo", FIFO)
        self.sqs.create(self.queue)
        function: Any = "function"
        QueueMapping(
            self.queue,
            function,
            10,
            most_at_once,
            self.loop,
            self.sqs,
            Dice(NONE, Random(1)),  # noqa: S311 - repeatable
            self._invoke,
        )

    def send(self, group: str, body: str) -> None:
        self.sqs.send_message(
            {
                "QueueUrl": self.queue.url,
                "MessageBody": body,
                "MessageGroupId": group,
                "MessageDeduplicationId": body,
            }
        )

    def _invoke(self, _function: object, event: dict[str, Any]) -> dict[str, Any]:
        records = event["Records"]
        groups = {record["attributes"]["MessageGroupId"] for record in records}
        assert not groups & self.busy.keys(), "a group is with two at a time"
        self.busy.update(groups)
        self.batches.append([(r["attributes"]["MessageGroupId"], r["body"]) for r in records])
        self.loop.sleep(1.0)
        for group in groups:
            del self.busy[group]
        failed = {r["attributes"]["MessageGroupId"] for r in records if r["body"] in self.fails}
        self.fails = []
        numbers = [int(record["attributes"]["SequenceNumber"]) for record in records]
        assert numbers == sorted(numbers)
        return {
            "batchItemFailures": [
                {"itemIdentifier": record["messageId"]}
                for record in records
                if record["attributes"]["MessageGroupId"] in failed
            ]
        }


def test_a_group_is_with_one_function_at_a_time_and_others_go_on() -> None:
    worker = Worker()
    for number in range(3):
        worker.loop.at(number / 10, worker.send, "g", f"g{number}")
    worker.loop.at(0.5, worker.send, "h", "h0")
    worker.loop.run_until(10.0)
    assert worker.batches == [[("g", "g0")], [("h", "h0")], [("g", "g1"), ("g", "g2")]]


def test_a_group_that_failed_comes_back_whole_and_in_order() -> None:
    worker = Worker("g1")
    for number in range(3):
        worker.send("g", f"g{number}")
    worker.send("h", "h0")
    worker.loop.at(30.0, worker.send, "g", "g3")
    worker.loop.run_until(50.0)
    assert len(worker.batches) == 1
    worker.loop.run_until(100.0)
    again = [("g", f"g{number}") for number in range(4)]
    assert worker.batches[1:] == [again]
    assert worker.queue.size == 0


@pytest.mark.parametrize(
    ("service", "arrives_at"), [("apigatewaymanagementapi", 0.0), ("dynamodb", 10.0)]
)
def test_what_a_worker_that_stands_still_sent_arrives_first_where_no_condition_holds_it(
    service: str, arrives_at: float
) -> None:
    came: list[float] = []
    with fake() as made:
        cloud: Any = made.cloud
        cloud.call = lambda *_call: came.append(made.loop.now)
        dice = Dice(Rates(**vars(NONE) | {"frozen": 0.999}), Random(3))  # noqa: S311
        function: Any = type("F", (), {"timeout": 10.0, "name": "f"})()
        for _ in range(40):
            made.loop.spawn(partial(_call, Invocation(function, made.loop, cloud, dice), service))
        made.loop.run_until(1000.0)
    late = [moment for moment in came if moment > 10.0]
    assert came
    assert bool(late) is (arrives_at > 0.0)


def _call(invocation: Invocation, service: str) -> None:
    try:
        invocation.call(service, "DoSomething", {})
    except BaseException:  # noqa: BLE001 - the worker's end
        return
