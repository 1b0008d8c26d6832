"""What the fake AWS raises.

AwsError            an error answer of a service, as boto3's clients raise it
UnsupportedError    a call, a parameter or a syntax that the fake does not know: extend the fake
"""

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
        return 500 if self.code.startswith("Internal") else 400

    @property
    def told_code(self) -> str:
        """The code that clients read: SQS still tells some errors by the names of its old protocol.

        https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/CommonErrors.html
        """
        return _OLD_NAMES.get(self.code, self.code)


_OLD_NAMES = {
    "QueueDoesNotExist": "AWS.SimpleQueueService.NonExistentQueue",
    "MessageNotInflight": "AWS.SimpleQueueService.MessageNotInflight",
}


class UnsupportedError(NotImplementedError):
    """The fake covers what the project calls, and this is not among it."""


def only(parameters: dict[str, Any], *known: str) -> None:
    """Raises UnsupportedError for a parameter that the fake would have to ignore."""
    unknown = parameters.keys() - set(known)
    if unknown:
        raise UnsupportedError(f"parameters {sorted(unknown)}")
