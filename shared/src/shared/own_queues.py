"""Working off a queue that a service fills itself: work that can wait, or must go in order.

What can't be done now is delivered again, after a pause; in a FIFO queue with all that came after
it in its group. What never can ends in the queue's dead-letter queue.
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
    """Hands a FIFO queue's batch over as one; the handler answers the groups that failed."""
    failed: set[str] = set()
    batch: list[Work] = []
    for record in records:
        work = _parsed(record, bench.parse)
        if work is None:
            failed.add(_group(record))
        elif _group(record) not in failed:
            batch.append(work)
    if batch:
        failed |= handle(batch, bench.deps)
    return _answer(records, [r for r in records if _group(r) in failed], bench)


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
