"""The product's functions: handlers as the templates name them, each with its environment."""

import importlib
import os
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import cache
from types import ModuleType
from typing import Any

from simulator import stacks

Handler = Callable[[dict[str, Any], Any], Any]


@dataclass(frozen=True)
class Context:
    """What Lambda passes beside the event."""

    function_name: str
    aws_request_id: str = "simulated"


@dataclass
class Function:
    """One function: its handler, its limits; its first call is a cold start."""

    name: str
    arn: str
    service: str
    timeout: float
    handler: Handler
    wiring: ModuleType
    environment: dict[str, str]
    context: Context = field(init=False)
    _warm: bool = False

    def __post_init__(self) -> None:
        self.context = Context(self.name)

    def invoke(self, event: dict[str, Any]) -> Any:  # noqa: ANN401 - Lambda's answer
        """Calls the handler; its wiring reads the environment at the first call."""
        if not self._warm:
            self._warm = True
            os.environ.update(self.environment)
        return self.handler(event, self.context)

    def cool(self) -> None:
        """Makes the next call a cold start: a new worker remembers nothing of another's life."""
        self._warm = False
        for part in vars(self.wiring).values():
            forget = getattr(part, "cache_clear", None)
            # What the wiring imported (the clients) may stay: making it again takes long.
            if forget is not None and part.__module__ == self.wiring.__name__:
                forget()


def functions() -> dict[str, Function]:
    """Answers every function of every template, by its ARN, each before its first call."""
    every = _functions()
    for function in every.values():
        function.cool()
    return every


@cache
def _functions() -> dict[str, Function]:
    return {function.arn: function for function in map(_function, _declared())}


def _declared() -> Iterator[stacks.Resource]:
    return stacks.of_type("AWS::Serverless::Function")


def _function(resource: stacks.Resource) -> Function:
    properties = resource.properties
    environment = properties["Environment"]["Variables"]
    handler, wiring = _load(properties["Handler"])
    return Function(
        name=resource.name,
        arn=resource.arn,
        service=resource.stack,
        timeout=float(properties["Timeout"]),
        handler=handler,
        wiring=wiring,
        environment={name: str(value) for name, value in environment.items()},
    )


def _load(path: str) -> tuple[Handler, ModuleType]:
    """Imports a handler with a wiring of its own: in Lambda no two functions share a process."""
    module, _, name = path.rpartition(".")
    package = module.partition(".")[0]
    with _forgotten(f"{package}.wiring"), _forgotten(module):
        handler: Handler = getattr(importlib.import_module(module), name)
        return handler, importlib.import_module(f"{package}.wiring")


@contextmanager
def _forgotten(name: str) -> Iterator[None]:
    """Lets a module be imported anew, and puts back what there was."""
    package, _, attribute = name.rpartition(".")
    owner: ModuleType = importlib.import_module(package)
    module, known = sys.modules.pop(name, None), getattr(owner, attribute, None)
    if known is not None:
        delattr(owner, attribute)
    try:
        yield
    finally:
        sys.modules.pop(name, None)
        if hasattr(owner, attribute):
            delattr(owner, attribute)
        if module is not None:
            sys.modules[name] = module
        if known is not None:
            setattr(owner, attribute, known)
