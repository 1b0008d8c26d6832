"""What can go wrong, grouped by what the caller should do.

OrderbusError
├── OrderRefused      the request can't be granted as it is: read `problem`, don't repeat it
├── TrackingRefused   the token (or the order, or the product) can't be followed: get another token
├── UnreachableError  no answer for as long as one was waited for: try again later, same key
└── ClosedError       the client was closed meanwhile
"""

from collections.abc import Mapping


class OrderbusError(Exception):
    """Any failure of this client."""


class OrderRefused(OrderbusError):  # noqa: N818 -- a refusal is an answer, not an error of a program
    """The API refuses the request; `problem` is its answer (RFC 9457), `code` its last word."""

    def __init__(self, status: int, problem: Mapping[str, object]) -> None:
        self.status = status
        self.problem = problem
        self.code = str(problem.get("type", "")).rpartition(":")[2]
        words = problem.get("detail") or problem.get("message") or "refused"
        super().__init__(f"{status} {self.code}: {words}")


class TrackingRefused(OrderbusError):  # noqa: N818 -- likewise
    """What was to be followed can't be; `reason` says why a token is invalid, if it is known."""

    def __init__(self, code: str, reason: str | None = None) -> None:
        self.code = code
        self.reason = reason
        super().__init__(code if reason is None else f"{code} ({reason})")


class UnreachableError(OrderbusError):
    """Nobody answered. The order may exist: ask again with the same `idempotency_key`."""

    def __init__(self, message: str, idempotency_key: str | None = None) -> None:
        self.idempotency_key = idempotency_key
        super().__init__(message)


class ClosedError(OrderbusError):
    """The client was closed while something waited for it."""
