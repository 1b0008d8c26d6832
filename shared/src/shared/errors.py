"""What can go wrong, grouped by what the caller should do. Only the entrypoint decides.

OrderbusError
├── RetryableError            try again later: nothing was lost, the message stays
│   ├── RetryLaterError       a dependency isn't ready (a provider is down, an answer is due,
│   │                         the keys that decide can't be read)
│   ├── ConflictError         another writer was faster, too often in a row
│   └── PublishError          the bus did not take every event
├── UnprocessableError        no retry can help: to the dead-letter queue, with the reason
│   ├── MalformedError        not an event that the contracts know
│   ├── OversizeError         an event larger than the bus takes
│   └── ReplayRefusedError    a replayed event asked for an effect on the live world
└── ConfigurationError        the deployment is wrong: fail loudly, at the first call
"""


class OrderbusError(Exception):
    """Any error that Orderbus itself raises."""


class RetryableError(OrderbusError):
    """Trying again later can help; the message stays in its queue."""


class RetryLaterError(RetryableError):
    """A dependency isn't ready; the same message succeeds once it is."""


class ConflictError(RetryableError):
    """Another writer changed the record first, more often than we try at once."""


class PublishError(RetryableError):
    """The bus refused some events; `refused` holds their ids with the bus's error codes."""

    def __init__(self, refused: dict[str, str]) -> None:
        super().__init__(f"the bus refused {len(refused)} event(s): {refused}")
        self.refused = refused


class UnprocessableError(OrderbusError):
    """No retry can help; the message belongs in the dead-letter queue, with this reason."""


class MalformedError(UnprocessableError):
    """Not an event that the contracts know."""


class OversizeError(UnprocessableError):
    """An event is larger than one entry of the bus may be."""


class ReplayRefusedError(UnprocessableError):
    """A replayed event asked for an effect on the live world (a charge, a write, a push)."""


class ConfigurationError(OrderbusError):
    """The deployment's settings are wrong; the message says which and how to mend them."""
