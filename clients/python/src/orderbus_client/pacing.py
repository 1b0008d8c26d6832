"""How long to wait: for answers, before trying again, before mistrusting silence."""

import random
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime


@dataclass(frozen=True)
class Pace:
    """All of the client's times, in seconds; the defaults are for a shop."""

    patience: float = 60.0
    """How long a request is tried before `UnreachableError`. Following an order never gives up."""
    answer: float = 35.0
    """How long one answer may take: more than the gateway gives itself (30)."""
    first_pause: float = 0.2
    """The most that the first retry waits; each further one twice as much ..."""
    longest_pause: float = 20.0
    """... up to this."""
    poll_wait: int = 20
    """How long the API is asked to hold a poll until there is something new."""
    shortest_poll: float = 1.0
    """The pause between two polls where the API asks for none."""
    grace: float = 2.0
    """How long the WebSocket may take to come (back) before polling starts."""
    quiet: float = 60.0
    """After so much silence of an open WebSocket one poll makes sure."""
    confirm: float = 5.0
    """How long a subscription may go unanswered before it is asked for again."""
    busy: float = 1.0
    """How long to wait after `busy`."""
    ping: float = 300.0
    """The gateway closes a connection that is silent for ten minutes."""
    pong: float = 10.0
    """How long a ping may go unanswered before the connection counts as dead."""

    def backoff(self, attempt: int) -> float:
        """Answers a pause before retry number `attempt` (from 0): exponential, full jitter.

        https://aws.amazon.com/builders-library/timeouts-retries-and-backoff-with-jitter/
        """
        most = min(self.longest_pause, self.first_pause * 2 ** min(attempt, 30))
        return random.uniform(0, most)  # noqa: S311 -- jitter, no secret


def retry_after(headers: Mapping[str, str]) -> float | None:
    """Answers the seconds that `Retry-After` asks for; it may be a date (RFC 9110, 10.2.3)."""
    text = headers.get("retry-after", "").strip()
    if text.isascii() and text.isdigit():
        return float(text[:6])
    try:
        moment = parsedate_to_datetime(text)
    except ValueError:
        return None
    return max(0.0, (moment.astimezone(UTC) - datetime.now(UTC)).total_seconds())
