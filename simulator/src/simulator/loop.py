"""Virtual time: tasks that sleep and wake in one process, each step in an order that a seed fixes.

Tasks are greenlets: a handler written as plain code can be held at any AWS call while others run.
"""

import heapq
from collections.abc import Callable
from typing import Any

from greenlet import getcurrent, greenlet


class Task(greenlet):
    """Something that goes on in virtual time; `invocation` is the function call that it runs."""

    invocation: Any = None


class Loop:
    """A clock in seconds, and what is to happen when."""

    def __init__(self, start: float = 0.0) -> None:
        self.now = start
        self._due: list[tuple[float, int, Callable[..., object], tuple[Any, ...]]] = []
        self._added = 0
        self._hub = getcurrent()

    def at(self, delay: float, call: Callable[..., object], *arguments: object) -> None:
        """Calls later; what is due at the same moment happens in the order of its adding."""
        self._added += 1
        heapq.heappush(self._due, (self.now + delay, self._added, call, arguments))

    def spawn(self, run: Callable[[], object], delay: float = 0.0) -> Task:
        """Starts a task."""
        task = Task(run, self._hub)
        self.at(delay, task.switch)
        return task

    def sleep(self, seconds: float) -> None:
        """Lets the task at hand sleep while others run; outside of a task time just passes."""
        wake = self.now + seconds
        task = getcurrent()
        if not isinstance(task, Task):
            self.run_until(wake)
        elif self._due and self._due[0][0] <= wake:
            self.at(seconds, task.switch)
            self._hub.switch()
        else:
            self.now = wake  # nobody would run in between: spare the switches

    def run_until(self, moment: float) -> None:
        """Lets everything happen that is due by then."""
        while self._due and self._due[0][0] <= moment:
            self.now, _, call, arguments = heapq.heappop(self._due)
            call(*arguments)
        self.now = max(self.now, moment)
