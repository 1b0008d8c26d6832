"""One world: an account deployed from the templates, its faults, its virtual time, its seed."""

import contextlib
import json
import logging
import os
import random as global_random
import secrets
import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta, tzinfo
from functools import cache, partial
from random import Random
from typing import Any

from aws_lambda_powertools import Logger, Metrics
from botocore.exceptions import BotoCoreError

from local_stack import signing_keys, webhook_receivers, webhook_secret
from notifications import posting
from shared import clients, clock
from simulator import provider, stacks
from simulator.aws.cloud import Cloud, below_boto3
from simulator.aws.errors import AwsError
from simulator.aws.events import Event, EventBus, Rule, Target
from simulator.aws.patterns import Pattern
from simulator.aws.queues import Queue, queue_of
from simulator.aws.wire import below_botocore
from simulator.event_sources import QueueMapping, Schedule, period
from simulator.faults import Dice, Rates
from simulator.followings import Following
from simulator.functions import Function, functions
from simulator.http_api import HttpApi
from simulator.inline import InlineExecutor
from simulator.invocations import Invocation, current, running
from simulator.loop import Loop
from simulator.replacing import replaced
from simulator.websocket_api import WebSocketApi

EPOCH = datetime(2026, 1, 5, 9, tzinfo=UTC)
LARGEST_SKEW = 2.0
LONGEST_OUTAGE = 7200.0
_CREDENTIALS = {
    "AWS_ACCESS_KEY_ID": "simulated",
    "AWS_SECRET_ACCESS_KEY": "simulated",
    "AWS_DEFAULT_REGION": stacks.REGION,
}
_SILENT: dict[type, tuple[str, ...]] = {
    Metrics: ("add_metric", "flush_metrics"),
    Logger: ("info", "warning", "exception", "append_keys", "remove_keys", "structure_logs"),
}
RULE_ATTRIBUTES = ("ERROR_CODE", "ERROR_MESSAGE", "RULE_ARN")


class World:
    """Everything that the templates declare, running in virtual time.

    `wire` puts the fake AWS below botocore instead of below boto3.
    """

    def __init__(self, seed: int, rates: Rates, *, wire: bool = False) -> None:
        self.wire = wire
        self.random = Random(seed)  # noqa: S311 - repeatable, which no secret is
        self.dice = Dice(rates, self.random)
        self.loop = Loop()
        self.cloud = Cloud(lambda: self.loop.now, self.loop.at, self.dice.lag)
        self.functions = functions()
        self.calls = 0
        self.invocations = 0
        self.under_way = 0
        """Messages between bus and queue, shoppers who are not done."""
        self.dead_until: dict[str, float] = {}
        """When a function that is dead as a whole works again, by its ARN."""
        self.skewed = self.dice.strikes(rates.skew)
        self.followings: list[Following] = []
        """Every connection that followed an order."""
        self.trace: list[tuple[float, str, str]] | None = None
        """What happened, as (time, who, what); None: nobody wants to know."""
        self._deploy()

    def _deploy(self) -> None:
        for table in stacks.of_type("AWS::DynamoDB::Table"):
            self.cloud.dynamodb.create(dict(table.properties) | {"TableName": table.name})
        for parameter in stacks.of_type("AWS::SSM::Parameter"):
            self.cloud.ssm.values[parameter.name] = str(parameter.properties["Value"])
        self.cloud.ssm.values |= _secrets()
        for queue in stacks.of_type("AWS::SQS::Queue"):
            self.cloud.sqs.create(_queue(queue))
        for topic in stacks.of_type("AWS::SNS::Topic"):
            self.cloud.sns.topics[topic.arn] = []
        self._deploy_buses()
        self.mappings = [
            self._mapping(resource)
            for resource in stacks.of_type("AWS::Lambda::EventSourceMapping")
        ]
        for schedule in stacks.of_type("AWS::Scheduler::Schedule"):
            seconds = period(schedule.properties["ScheduleExpression"])
            function = self.functions[schedule.properties["Target"]["Arn"]]
            Schedule(seconds, function, self.loop, self.invoke).start()
        (api,) = stacks.apis("HTTP")
        self.api = HttpApi(api.name, self.functions, self.invoke, lambda: self.loop.now)
        self.sockets = [self._sockets(api) for api in stacks.apis("WEBSOCKET")]

    def _deploy_buses(self) -> None:
        buses = self.cloud.events.buses
        for resource in stacks.of_type("AWS::Events::EventBus"):
            buses[resource.name] = EventBus(resource.name, self._deliver)
        for resource in stacks.of_type("AWS::Events::Rule"):
            properties = resource.properties
            targets = tuple(
                Target(target["Arn"], target.get("DeadLetterConfig", {}).get("Arn"))
                for target in properties["Targets"]
            )
            pattern = Pattern(properties["EventPattern"])
            rule = Rule(resource.name, resource.arn, pattern, targets)
            buses[properties["EventBusName"]].rules.append(rule)
        for resource in stacks.of_type("AWS::Events::Archive"):
            name = resource.properties["SourceArn"].rpartition("/")[2]
            buses[name].archives.append(Pattern(resource.properties["EventPattern"]))

    def _sockets(self, api: stacks.Resource) -> WebSocketApi:
        connections = self.cloud.connections
        sockets = WebSocketApi(api, self.functions, self.invoke, connections, self.now)
        connections.closed = lambda one: self.start(partial(sockets.disconnect, one), 0.0)
        return sockets

    def _mapping(self, resource: stacks.Resource) -> QueueMapping:
        properties = resource.properties
        function = next(
            f for f in self.functions.values() if properties["FunctionName"] in {f.name, f.arn}
        )
        return QueueMapping(
            queue=self.cloud.sqs.by_arn[properties["EventSourceArn"]],
            function=function,
            batch_size=int(properties.get("BatchSize", 10)),
            most_at_once=int(properties.get("ScalingConfig", {}).get("MaximumConcurrency", 1000)),
            loop=self.loop,
            sqs=self.cloud.sqs,
            dice=self.dice,
            invoke=self.invoke,
        )

    def invoke(self, function: Function, event: dict[str, Any]) -> Any:  # noqa: ANN401
        """Answers what the function answers; raises WorkerDied when its worker dies."""
        self.invocations += 1
        invocation = Invocation(function, self.loop, self.cloud, self.dice)
        if self.skewed and not self.dice.healed:
            invocation.skew = self.random.uniform(-LARGEST_SKEW, LARGEST_SKEW)
        if self.dead_until.get(function.arn, 0.0) > self.loop.now:
            raise invocation.die()
        with running(invocation):
            answer = function.invoke(event)
            invocation.check_alive()
        return answer

    def _call(self, service: str, operation: str, parameters: dict[str, Any]) -> dict[str, Any]:
        """Every call of a boto3 client comes here: a function's with faults, others without."""
        self.calls += 1
        invocation = current()
        call = self.cloud.call if invocation is None else invocation.call
        try:
            if self.trace is None:
                return call(service, operation, parameters)
            return self._traced(call, service, operation, parameters)
        except (AwsError, BotoCoreError):
            raise
        except Exception as error:
            # The fake's own failure: the product takes it for one of AWS's and tries again.
            self.loop.at(0.0, _raise, error)
            raise

    def _traced(
        self,
        call: Any,  # noqa: ANN401 - a Call
        service: str,
        operation: str,
        parameters: dict[str, Any],
    ) -> dict[str, Any]:
        invocation = current()
        who = "operator" if invocation is None else invocation.function.name
        what = f"{operation} {json.dumps(parameters, default=str)}"
        try:
            answer: dict[str, Any] = call(service, operation, parameters)
        except BaseException as error:
            self.note(who, f"{what} -> {error!r}")
            raise
        failed = answer.get("FailedEntryCount")
        self.note(who, f"{what} -> {answer}" if failed else what)
        return answer

    def note(self, who: str, what: str) -> None:
        """Keeps what happened, when somebody wants to know."""
        if self.trace is not None:
            self.trace.append((self.loop.now, who, what))

    def _deliver(self, event: Event, target: Target) -> None:
        dice, rates = self.dice, self.dice.rates
        queue = self.cloud.sqs.by_arn[target.queue_arn]
        if target.dead_letter_arn is not None and dice.strikes(rates.undeliverable):
            given_up = dict.fromkeys(RULE_ATTRIBUTES, _text("SDK_CLIENT_ERROR"))
            dead = self.cloud.sqs.by_arn[target.dead_letter_arn]
            self._send(dead, event.body, given_up)
            return
        body = event.body
        for _ in range(2 if dice.strikes(rates.duplicated) else 1):
            self._send(queue, body, {})

    def _send(self, queue: Queue, body: str, attributes: dict[str, Any]) -> None:
        self.under_way += 1
        self.loop.at(self._delay(), self._arrive, queue, body, attributes)

    def _arrive(self, queue: Queue, body: str, attributes: dict[str, Any]) -> None:
        self.under_way -= 1
        self.cloud.sqs.put(queue, body, attributes)

    def start(self, run: Callable[[], None], delay: float) -> None:
        """Starts a task that the world has to wait for before it may end."""
        self.under_way += 1

        def run_and_leave() -> None:
            run()
            self.under_way -= 1

        self.loop.spawn(run_and_leave, delay)

    def _delay(self) -> float:
        if self.dice.strikes(self.dice.rates.delayed):
            return self.random.expovariate(1 / self.random.choice((1, 10, 100, 1000)))
        return self.random.expovariate(1 / 0.02)

    def outage(self, window: float) -> float:
        """Kills a consumer for a time that may be long enough for its queue to run over.

        Answers the seconds until it works again.
        """
        mapping = self.random.choice([m for m in self.mappings if m.queue.most_receives])
        begins = self.random.uniform(0, window + 5)
        lasts = self.random.uniform(60, LONGEST_OUTAGE)
        arn = mapping.function.arn
        self.note("fault", f"{mapping.function.name} is dead from {begins:.0f} s for {lasts:.0f} s")
        self.loop.at(begins, self.dead_until.__setitem__, arn, self.loop.now + begins + lasts)
        return begins + lasts

    def move_unread(self) -> None:
        """Moves what died back to where it died, as an operator does where no function reads it."""
        read = {mapping.queue.arn for mapping in self.mappings}
        for queue in self.cloud.sqs.by_arn.values():
            arn = queue.dead_letter_arn
            if arn is not None and arn not in read:
                self.cloud.sqs.move_all(self.cloud.sqs.by_arn[arn], queue)

    def replay(self) -> None:
        """Replays the whole archive onto its bus, as StartReplay does."""
        for bus in self.cloud.events.buses.values():
            for event in list(bus.archived):
                bus.put(
                    Event(
                        event.id,
                        event.source,
                        event.detail_type,
                        event.time,
                        event.detail,
                        self.loop.now,
                        replay_name="drill",
                    )
                )

    def now(self) -> datetime:
        """Answers the time on the clock of whoever asks."""
        invocation = current()
        skew = 0.0 if invocation is None else invocation.skew
        return EPOCH + timedelta(seconds=self.loop.now + skew)

    @contextlib.contextmanager
    def alive(self) -> Iterator["World"]:
        """Puts the world below boto3, the clock, sleeping and the provider while a block lasts."""
        with contextlib.ExitStack() as stack:
            os.environ.update(_CREDENTIALS)
            if self.wire:
                clients.client.cache_clear()  # other worlds have used up quotas of retries
                stack.callback(clients.client.cache_clear)
            below = below_botocore if self.wire else below_boto3
            stack.enter_context(below(self._call))
            stack.enter_context(provider.failing(self.dice))
            stack.enter_context(replaced(clock, "datetime", _Datetime(self)))
            stack.enter_context(replaced(time, "sleep", self._sleep))
            stack.enter_context(replaced(posting, "ThreadPoolExecutor", InlineExecutor))
            stack.enter_context(_silenced())
            state = global_random.getstate()
            stack.callback(global_random.setstate, state)
            global_random.seed(self.random.random())
            stack.enter_context(replaced(secrets, "token_urlsafe", _drawn))
            yield self

    def _sleep(self, seconds: float) -> None:
        invocation = current()
        if invocation is None:
            self.loop.sleep(seconds)
        else:
            invocation.sleep(seconds)


class _Datetime:
    """Stands where the product's clock has the class `datetime`."""

    def __init__(self, world: World) -> None:
        self._world = world

    def now(self, _zone: tzinfo) -> datetime:
        return self._world.now()


@contextlib.contextmanager
def _silenced() -> Iterator[None]:
    """Keeps logs and metrics out of the way: thousands of failures are the point here."""
    before = logging.root.manager.disable
    logging.disable(logging.CRITICAL)
    with contextlib.ExitStack() as stack:
        stack.callback(logging.disable, before)
        for owner, names in _SILENT.items():
            for name in names:
                stack.enter_context(replaced(owner, name, lambda *_arguments, **_named: None))
        yield


def _raise(error: Exception) -> None:
    raise error


def _text(value: str) -> dict[str, str]:
    return {"DataType": "String", "StringValue": value}


def _queue(resource: stacks.Resource) -> Queue:
    url = f"https://sqs.{stacks.REGION}.amazonaws.com/{stacks.ACCOUNT}/{resource.name}"
    return queue_of(resource.name, url, resource.arn, resource.properties)


@cache
def _drawn() -> str:
    """Answers what nobody could guess, but for its being the same each time in the same world."""
    return f"{global_random.getrandbits(256):064x}"


def _secrets() -> dict[str, str]:
    """Answers what an operator makes once a stage: the signing keys, the webhook's secret."""
    private, public = signing_keys.new_pair()
    return {
        signing_keys.private_name(stacks.STAGE): private,
        signing_keys.public_name(stacks.STAGE): public,
        webhook_secret.name(stacks.STAGE): "simulated",
        webhook_receivers.name(stacks.STAGE): webhook_receivers.NOBODY,
    }
