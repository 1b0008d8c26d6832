"""The payment provider's own failures, around every call of the product's sandbox provider."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import wraps
from typing import Any

from payments.ports import Provider, ProviderTimeoutError, ProviderUnavailableError
from payments.sandbox import SandboxProvider
from simulator.faults import Dice
from simulator.invocations import current

CALLS = tuple(name for name in vars(Provider) if not name.startswith("_"))


@contextmanager
def failing(dice: Dice) -> Iterator[None]:
    """Makes the provider fail as the dice say, and its callers die around their calls."""
    real = {name: getattr(SandboxProvider, name) for name in CALLS}
    for name, call in real.items():
        setattr(SandboxProvider, name, _failing(call, dice))
    try:
        yield
    finally:
        for name, call in real.items():
            setattr(SandboxProvider, name, call)


def _failing(call: Callable[..., Any], dice: Dice) -> Callable[..., Any]:
    rates = dice.rates

    @wraps(call)
    def fail(*arguments: Any, **named: Any) -> Any:  # noqa: ANN401 - any of the provider's calls
        invocation = current()
        if dice.strikes(rates.provider_down):
            raise ProviderUnavailableError("out of order")
        if invocation is not None and dice.strikes(rates.crash_before):
            raise invocation.die()
        outcome = call(*arguments, **named)
        if invocation is not None and dice.strikes(rates.crash_after):
            raise invocation.die()
        if dice.strikes(rates.provider_silent):
            raise ProviderTimeoutError("no answer in time")
        return outcome

    return fail
