"""The fake below botocore instead of below boto3: requests are serialised, signed, sent, parsed.

Slower by far, and nearer: botocore checks parameters, makes tokens, reads error documents and
repeats what failed, all of it with its own code. That goes for the services that speak JSON by one
address; of any other botocore checks the parameters, and the fake answers below boto3.
"""

import io
import json
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from functools import partial
from typing import Any
from weakref import WeakSet

from botocore.awsrequest import AWSPreparedRequest, AWSResponse
from botocore.client import BaseClient
from botocore.exceptions import ParamValidationError
from botocore.validate import ParamValidator

from simulator.aws.cloud import Call, client_error
from simulator.aws.errors import AwsError, UnsupportedError
from simulator.replacing import replaced

_HOOK = "simulator"


@contextmanager
def below_botocore(call: Call) -> Iterator[None]:
    """Puts `call` where all boto3 clients send their requests; everything above stays real."""
    real: Callable[..., dict[str, Any]] = BaseClient.__dict__["_make_api_call"]
    hooked: WeakSet[BaseClient] = WeakSet()

    def make_api_call(
        client: BaseClient, operation: str, parameters: dict[str, Any]
    ) -> dict[str, Any]:
        if client.meta.service_model.resolved_protocol != "json":
            return _told(client, call, operation, parameters)
        if client not in hooked:  # there are clients that are older than this block
            hooked.add(client)
            _hook(client, call, stack)
        return real(client, operation, parameters)

    with ExitStack() as stack, replaced(BaseClient, "_make_api_call", make_api_call):
        yield


def _hook(client: BaseClient, call: Call, stack: ExitStack) -> None:
    """Answers all that a client sends."""
    model = client.meta.service_model
    event = f"before-send.{model.service_id.hyphenize()}"
    answer: Any = partial(_answered, call, model.service_name)
    client.meta.events.register(event, answer, _HOOK)
    stack.callback(client.meta.events.unregister, event, unique_id=_HOOK)


def _told(
    client: BaseClient, call: Call, operation: str, parameters: dict[str, Any]
) -> dict[str, Any]:
    """Answers a call whose parameters are those of its operation."""
    model = client.meta.service_model
    shape: Any = model.operation_model(operation).input_shape
    report = ParamValidator().validate(parameters, shape)
    if report.has_errors():
        raise ParamValidationError(report=report.generate_report())
    try:
        return call(model.service_name, operation, parameters)
    except AwsError as error:
        raise client_error(client, error, operation) from None


def _answered(
    call: Call, service: str, request: AWSPreparedRequest, **_event: object
) -> AWSResponse:
    """Answers a request as the service would, over the wire."""
    target: bytes | str = request.headers["X-Amz-Target"]
    operation = (target.decode() if isinstance(target, bytes) else target).rpartition(".")[2]
    try:
        answer, status = call(service, operation, json.loads(_text(request.body))), 200
    except AwsError as error:
        document = {"__type": f"simulated#{error.code}", "message": error.message}
        answer, status = document | error.members, error.status
        if error.told_code != error.code:
            header = {"x-amzn-query-error": f"{error.told_code};Sender"}
            return _response(request, status, answer, header)
    return _response(request, status, answer, {})


def _response(
    request: AWSPreparedRequest, status: int, document: dict[str, Any], headers: dict[str, str]
) -> AWSResponse:
    body = json.dumps(document).encode()
    sent: Any = headers | {"content-length": str(len(body))}
    return AWSResponse(request.url, status, sent, _Raw(body))


def _text(body: object) -> bytes | str:
    if not isinstance(body, bytes | str):
        raise UnsupportedError(f"a body of {type(body)}")
    return body


class _Raw(io.BytesIO):
    """A body as urllib3 hands it to botocore."""

    def stream(self) -> Iterator[bytes]:
        yield self.read()
