"""What the fake AWS raises.

AwsError            an error answer of a service, as boto3's clients raise it
UnsupportedError    a call, a parameter or a syntax that the fake does not know: extend the fake
"""

from functools import cache
from typing import Any


class AwsError(Exception):
    """An error answer: its code, its message, and what else its document holds."""

    def __init__(self, code: str, message: str = "", **members: Any) -> None:  # noqa: ANN401
        super().__init__(f"{code}: {message}")
        self.code = code
        self.message = message
        self.members = members

    @property
    def status(self) -> int:
        """The HTTP status that the answer has: the service's own failures are 5xx."""
        return 500 if self.code.startswith("Internal") else _STATUSES.get(self.code, 400)

    @property
    def told_code(self) -> str:
        """The code that clients read: SQS still tells some errors by the names of its old protocol.

        https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/CommonErrors.html
        """
        return _OLD_NAMES.get(self.code, self.code)


_STATUSES = {"NotFound": 404, "GoneException": 410, "PayloadTooLargeException": 413}
_OLD_NAMES = {
    "QueueDoesNotExist": "AWS.SimpleQueueService.NonExistentQueue",
    "MessageNotInflight": "AWS.SimpleQueueService.MessageNotInflight",
    "EmptyBatchRequest": "AWS.SimpleQueueService.EmptyBatchRequest",
    "TooManyEntriesInBatchRequest": "AWS.SimpleQueueService.TooManyEntriesInBatchRequest",
    "InvalidBatchEntryId": "AWS.SimpleQueueService.InvalidBatchEntryId",
    "BatchEntryIdsNotDistinct": "AWS.SimpleQueueService.BatchEntryIdsNotDistinct",
    "BatchRequestTooLong": "AWS.SimpleQueueService.BatchRequestTooLong",
}


class UnsupportedError(NotImplementedError):
    """The fake covers what the project calls, and this is not among it."""


def only(parameters: dict[str, Any], *known: str) -> None:
    """Raises UnsupportedError for a parameter that the fake would have to ignore."""
    if not parameters.keys() <= _known(known):
        raise UnsupportedError(f"parameters {sorted(parameters.keys() - set(known))}")


@cache
def _known(names: tuple[str, ...]) -> frozenset[str]:
    return frozenset(names)
