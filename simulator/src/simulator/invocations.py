"""One call of a function: its AWS calls take time, and anything may happen at each of them."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from botocore.exceptions import ReadTimeoutError
from greenlet import getcurrent

from simulator.aws.cloud import Cloud
from simulator.aws.errors import AwsError
from simulator.faults import Dice
from simulator.functions import Function
from simulator.loop import Loop, Task

LATENCY = 1 / 0.006
"""The rate of an AWS call's duration: 6 ms in the mean."""
LONGEST_FREEZE = 240.0

_THROTTLING = {
    "apigatewaymanagementapi": "LimitExceededException",
    "dynamodb": "ProvisionedThroughputExceededException",
    "events": "ThrottlingException",
    "iot-data": "ThrottlingException",
    "sns": "Throttled",
    "sqs": "RequestThrottled",
    "ssm": "ThrottlingException",
}
_UNCONDITIONAL = {"apigatewaymanagementapi", "iot-data", "sns"}
"""Services whose calls hang on no state: theirs are sent before a worker stands still, or never.

A database's arrive minutes later, which its conditions must bear; how late a push may arrive is
bounded by the life of a connection, and well within the visibility time-out of its queue.
"""
_REPEATED_SAFELY = {"TransactWriteItems"}
"""Calls that boto3 sends with a token of their own: repeated, they do and answer the same."""


class WorkerDied(BaseException):
    """The worker is no more; nothing runs on in it."""


class Invocation:
    """What one worker is at."""

    def __init__(self, function: Function, loop: Loop, cloud: Cloud, dice: Dice) -> None:
        self.function = function
        self.skew = 0.0
        self._loop, self._cloud, self._dice = loop, cloud, dice
        self._ends = loop.now + function.timeout
        self._dead = False

    def die(self) -> WorkerDied:
        """Answers what ends the worker at once; whatever it tries from now on ends it again."""
        self._dead = True
        return WorkerDied()

    def check_alive(self) -> None:
        """Ends the worker when Lambda would."""
        if self._dead or self._loop.now > self._ends:
            raise self.die()

    def sleep(self, seconds: float) -> None:
        """Waits as a handler waits; Lambda may end it meanwhile."""
        self._loop.sleep(seconds)
        self.check_alive()

    def call(self, service: str, operation: str, parameters: dict[str, Any]) -> dict[str, Any]:
        """Answers an AWS call, or does what a call may do instead."""
        if self._dead:
            raise WorkerDied
        self._loop.sleep(self._dice.random.expovariate(LATENCY))
        fault = self._dice.at_call()
        if fault is None and self._loop.now <= self._ends:
            return self._do(service, operation, parameters)
        return self._strike(fault, service, operation, parameters)

    def _strike(
        self, fault: str | None, service: str, operation: str, parameters: dict[str, Any]
    ) -> dict[str, Any]:
        if fault == "frozen" and self._freeze(service, operation, parameters):
            fault = "crash_after"  # the request was on its way when the worker was ended
        if fault != "crash_after":
            self.check_alive()
        match fault:
            case "crash_before":
                raise self.die()
            case "crash_after":
                self._quietly(service, operation, parameters)
                raise self.die()
            case "throttled":
                raise AwsError(_THROTTLING[service], "Rate exceeded")
            case "failed":
                raise AwsError("InternalServerError", "Internal server error")
            case "lost":
                self._quietly(service, operation, parameters)
                raise ReadTimeoutError(endpoint_url=f"https://{service}")
            case "repeated":
                return self._repeated(service, operation, parameters)
            case _:
                return self._do(service, operation, parameters)

    def _freeze(self, service: str, operation: str, parameters: dict[str, Any]) -> bool:
        """Stands still; answers whether the request arrives though the worker was ended."""
        seconds = self._dice.random.uniform(1, LONGEST_FREEZE)
        ended = self._loop.now + seconds > self._ends and self._dice.random.random() < 1 / 2
        if ended and service in _UNCONDITIONAL:
            self._quietly(service, operation, parameters)
            raise self.die()
        self._loop.sleep(seconds)
        return ended

    def _quietly(self, service: str, operation: str, parameters: dict[str, Any]) -> None:
        """Does a call whose answer nobody hears, a refusal neither."""
        try:
            self._do(service, operation, parameters)
        except AwsError:
            return

    def _repeated(self, service: str, operation: str, parameters: dict[str, Any]) -> dict[str, Any]:
        if operation in _REPEATED_SAFELY:
            return self._do(service, operation, parameters)
        self._quietly(service, operation, parameters)
        self._loop.sleep(self._dice.random.expovariate(LATENCY))
        return self._do(service, operation, parameters)

    def _do(self, service: str, operation: str, parameters: dict[str, Any]) -> dict[str, Any]:
        dice = self._dice
        if operation == "PutEvents":
            rate = dice.rates.refused_entry
            return self._cloud.events.put_entries(
                parameters, lambda _number: "InternalFailure" if dice.strikes(rate) else None
            )
        if operation == "TransactWriteItems" and dice.strikes(dice.rates.conflict):
            reasons = [{"Code": "None"} for _ in parameters["TransactItems"]]
            reasons[-1] = {"Code": "TransactionConflict"}
            raise AwsError("TransactionCanceledException", "", CancellationReasons=reasons)
        return self._cloud.call(service, operation, parameters)


def current() -> Invocation | None:
    """Answers the invocation that is running now, if one is."""
    task = getcurrent()
    return task.invocation if isinstance(task, Task) else None


@contextmanager
def running(invocation: Invocation) -> Iterator[None]:
    """Makes the task at hand run this invocation."""
    task = getcurrent()
    if not isinstance(task, Task):
        raise TypeError("a function runs in a task")
    before, task.invocation = task.invocation, invocation
    try:
        yield
    finally:
        task.invocation = before
