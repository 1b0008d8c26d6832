"""Working off a queue that a service fills itself: work that can wait, or must go in order.

What can't be done now is delivered again, after a pause; in a FIFO queue with the rest of its
group. What never can ends in the queue's dead-letter queue.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any, Generic, Protocol, TypeVar

from shared.errors import RetryableError
from shared.inbox import backoff
from shared.observability import count, logger

Work = TypeVar("Work")
Deps = TypeVar("Deps")
Records = Sequence[dict[str, Any]]


class OwnQueue(Protocol):
    """What such a queue can do beside handing out its messages."""

    def back_off(self, receipt_handle: str, seconds: int) -> None:
        """Hides a message for so long before it is delivered again."""


@dataclass(frozen=True)
class Bench(Generic[Work, Deps]):
    """What working off takes: the parts, the queue, how to read a message, when to try again."""

    deps: Deps
    queue: OwnQueue
    parse: Callable[[str], Work]
    """Raises ValueError for what is no such work."""
    pause: Callable[[int], int] = field(default=backoff)
    """Answers the seconds to wait after so many attempts."""


def work_off_groups(
    records: Records,
    handle: Callable[[list[Work], Deps], set[str]],
    bench: Bench[Work, Deps],
) -> dict[str, Any]:
    """Hands a FIFO queue's batch over as one; the handler answers the groups that failed.

    What is no message of this queue is delivered again by itself: its group goes on without it.
    """
    works = [(record, _parsed(record, bench.parse)) for record in records]
    batch = [work for _, work in works if work is not None]
    failed = _failed_groups(batch, handle, bench.deps) if batch else set()
    again = [r for r, work in works if work is None or failed is None or _group(r) in failed]
    return _answer(records, again, bench)


def _failed_groups(
    batch: list[Work], handle: Callable[[list[Work], Deps], set[str]], deps: Deps
) -> set[str] | None:
    """Answers the groups that failed; None: all of them."""
    try:
        return handle(batch, deps)
    except RetryableError as error:
        logger().warning("deliver again", reason=str(error))
    except Exception:
        count("Errors")
        logger().exception("failed")
    return None


def work_off_each(
    records: Records, handle: Callable[[Work, Deps], None], bench: Bench[Work, Deps]
) -> dict[str, Any]:
    """Hands each message over; one that raises is delivered again."""
    failed = [record for record in records if not _is_done(record, handle, bench)]
    return _answer(records, failed, bench)


def _is_done(
    record: dict[str, Any], handle: Callable[[Work, Deps], None], bench: Bench[Work, Deps]
) -> bool:
    work = _parsed(record, bench.parse)
    if work is None:
        return False
    try:
        handle(work, bench.deps)
    except RetryableError as error:
        logger().warning("deliver again", reason=str(error), attempts=_attempts(record))
        return False
    except Exception:
        count("Errors")
        logger().exception("failed", attempts=_attempts(record))
        return False
    return True


def _parsed(record: dict[str, Any], parse: Callable[[str], Work]) -> Work | None:
    try:
        return parse(record["body"])
    except ValueError:
        count("Errors")
        logger().exception("not a message of this queue")
        return None


def _group(record: dict[str, Any]) -> str:
    return str(record.get("attributes", {}).get("MessageGroupId", record["messageId"]))


def _attempts(record: dict[str, Any]) -> int:
    return int(record.get("attributes", {}).get("ApproximateReceiveCount", "1"))


def _answer(records: Records, failed: Records, bench: Bench[Work, Deps]) -> dict[str, Any]:
    """Answers the batch response, having set the pace of each retry."""
    logger().remove_keys(["transaction_id"])
    for record in failed:
        try:
            bench.queue.back_off(record["receiptHandle"], bench.pause(_attempts(record)))
        except Exception:
            logger().exception("could not change the visibility")
    count("Handled", len(records) - len(failed))
    count("Retried", len(failed))
    return {"batchItemFailures": [{"itemIdentifier": record["messageId"]} for record in failed]}
