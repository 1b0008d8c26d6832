"""One fake account: the services behind one function, and boto3's clients in front of it."""

import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import cache
from typing import Any

from botocore.client import BaseClient

from simulator.aws.connections import Connections
from simulator.aws.dynamodb import DynamoDb
from simulator.aws.errors import AwsError, UnsupportedError
from simulator.aws.events import EventBridge
from simulator.aws.iot_data import IotData
from simulator.aws.parameters import ParameterStore
from simulator.aws.sns import Sns
from simulator.aws.sqs import Sqs
from simulator.replacing import replaced

Call = Callable[[str, str, dict[str, Any]], dict[str, Any]]
"""A call of AWS: service, operation (`PutItem`), parameters; raises AwsError."""


class Cloud:
    """The services that the project calls."""

    def __init__(
        self,
        now: Callable[[], float],
        at: Callable[..., None],
        lag: Callable[[], float] = lambda: 0.0,
    ) -> None:
        self.dynamodb = DynamoDb(now, lag)
        self.sqs = Sqs(now, at)
        self.events = EventBridge(now)
        self.ssm = ParameterStore()
        self.sns = Sns(now)
        self.iot = IotData(now)
        self.connections = Connections()
        self._backends: dict[str, object] = {
            "dynamodb": self.dynamodb,
            "sqs": self.sqs,
            "events": self.events,
            "ssm": self.ssm,
            "sns": self.sns,
            "iot-data": self.iot,
            "apigatewaymanagementapi": self.connections,
        }

    def call(self, service: str, operation: str, parameters: dict[str, Any]) -> dict[str, Any]:
        """Answers a call; raises AwsError, or UnsupportedError for what the fake doesn't know."""
        backend = self._backends.get(service)
        method = getattr(backend, _method(operation), None)
        if method is None:
            raise UnsupportedError(f"{service}:{operation}")
        return method(parameters)  # type: ignore[no-any-return]


@cache
def _method(operation: str) -> str:
    return re.sub(r"(?<!^)(?=[A-Z])", "_", operation).lower()


@contextmanager
def below_boto3(call: Call) -> Iterator[None]:
    """Puts `call` below the surface of all boto3 clients; the clients stay the real ones."""

    def make_api_call(
        client: BaseClient, operation: str, parameters: dict[str, Any]
    ) -> dict[str, Any]:
        service = client.meta.service_model.service_name
        try:
            return call(service, operation, parameters)
        except AwsError as error:
            raise client_error(client, error, operation) from None

    # The narrowest place below the clients; botocore's own stubber and moto's take similar ones.
    with replaced(BaseClient, "_make_api_call", make_api_call):
        yield


def client_error(client: BaseClient, error: AwsError, operation: str) -> Exception:
    """Answers the error as the client raises it."""
    told = {"Code": error.told_code, "Message": error.message}
    if error.told_code != error.code:
        told["QueryErrorCode"] = error.code
    response = {
        "Error": told,
        "ResponseMetadata": {"HTTPStatusCode": error.status},
        **error.members,
    }
    raised: Any = client.exceptions.from_code(error.code)
    return raised(response, operation)  # type: ignore[no-any-return]
