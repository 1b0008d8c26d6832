"""The decorators that make a Lambda function of a plain one; here alone errors are handled.

A handler gets its parts from its service's wiring (built at the first call, never at import) and
says what is to be published; the decorator does the rest: parsing, logs, metrics, publishing,
acknowledging, retrying, dead-lettering, problem documents.
"""

import json
from collections.abc import Callable, Iterable
from functools import wraps
from http import HTTPStatus
from typing import Any, TypeVar

from shared import observability
from shared.bus import Bus
from shared.dead_letter_queues import DeadLetterHandler, DeadLetterQueues, read_off
from shared.errors import RetryableError
from shared.events import Envelope
from shared.http import ProblemError, Request, Response, answer_of, request_of
from shared.inbox import Inbox, InboxHandler, work_off
from shared.own_queues import Bench, work_off_each, work_off_groups
from shared.sockets import Frame, frame_of

Deps = TypeVar("Deps")
Work = TypeVar("Work")
LambdaHandler = Callable[[dict[str, Any], Any], Any]


def _measured(handle: LambdaHandler) -> LambdaHandler:
    """Writes the invocation's one line of metrics, whatever becomes of it."""

    @wraps(handle)
    def invoke(event: dict[str, Any], context: Any) -> Any:  # noqa: ANN401 - Lambda's signature
        log = observability.logger()
        log.structure_logs(append=False)
        log.append_keys(request_id=getattr(context, "aws_request_id", None))
        observability.count("Invocations")
        try:
            return handle(event, context)
        finally:
            observability.metrics().flush_metrics()

    return invoke


def inbox(
    wire: Callable[[], Inbox[Deps]],
) -> Callable[[InboxHandler[Deps]], LambdaHandler]:
    """Makes a function of an inbox queue: batches of EventBridge events, partial responses."""

    def decorate(handle: InboxHandler[Deps]) -> LambdaHandler:
        @wraps(handle)
        def invoke(event: dict[str, Any], _context: object) -> dict[str, Any]:
            return work_off(event["Records"], handle, wire())

        return _measured(invoke)

    return decorate


def dead_letters(
    wire: Callable[[], DeadLetterQueues],
) -> Callable[[DeadLetterHandler], LambdaHandler]:
    """Makes a function of a service's dead-letter queues: batches, partial responses."""

    def decorate(handle: DeadLetterHandler) -> LambdaHandler:
        @wraps(handle)
        def invoke(event: dict[str, Any], _context: object) -> dict[str, Any]:
            return read_off(event["Records"], handle, wire())

        return _measured(invoke)

    return decorate


def http(
    wire: Callable[[], Deps],
) -> Callable[[Callable[[Request, Deps], Response]], LambdaHandler]:
    """Makes a function of an HTTP API's route; problems become RFC 9457 documents."""

    def decorate(handle: Callable[[Request, Deps], Response]) -> LambdaHandler:
        @wraps(handle)
        def invoke(event: dict[str, Any], _context: object) -> dict[str, Any]:
            request = request_of(event)
            observability.logger().append_keys(transaction_id=request.path.get("transaction_id"))
            return answer_of(_answer(handle, request, wire))

        return _measured(invoke)

    return decorate


def _answer(
    handle: Callable[[Request, Deps], Response], request: Request, wire: Callable[[], Deps]
) -> Response:
    try:
        return handle(request, wire())
    except ProblemError as problem:
        observability.count("Problems")
        observability.logger().info("refused", problem=problem.code, status=int(problem.status))
        return problem.response()
    except RetryableError:
        observability.logger().exception("try again")
        busy = ProblemError(
            HTTPStatus.SERVICE_UNAVAILABLE, "busy", "Try again with the same request in a second."
        ).response()
        return Response(busy.status, busy.document, {**busy.headers, "retry-after": "1"})
    except Exception:
        observability.count("Errors")
        observability.logger().exception("failed")
        return ProblemError(
            HTTPStatus.INTERNAL_SERVER_ERROR,
            "internal",
            "Something went wrong here; it is safe to send the same request again.",
        ).response()


def groups(
    wire: Callable[[], Bench[Work, Deps]],
) -> Callable[[Callable[[list[Work], Deps], set[str]]], LambdaHandler]:
    """Makes a function of a FIFO queue of the service's own; it answers the groups that failed."""

    def decorate(handle: Callable[[list[Work], Deps], set[str]]) -> LambdaHandler:
        @wraps(handle)
        def invoke(event: dict[str, Any], _context: object) -> dict[str, Any]:
            return work_off_groups(event["Records"], handle, wire())

        return _measured(invoke)

    return decorate


def each(
    wire: Callable[[], Bench[Work, Deps]],
) -> Callable[[Callable[[Work, Deps], None]], LambdaHandler]:
    """Makes a function of a queue of the service's own, message by message."""

    def decorate(handle: Callable[[Work, Deps], None]) -> LambdaHandler:
        @wraps(handle)
        def invoke(event: dict[str, Any], _context: object) -> dict[str, Any]:
            return work_off_each(event["Records"], handle, wire())

        return _measured(invoke)

    return decorate


def websocket(
    wire: Callable[[], Deps],
) -> Callable[[Callable[[Frame, Deps], dict[str, Any] | None]], LambdaHandler]:
    """Makes a function of routes of a WebSocket API; what it answers goes back as a frame."""

    def decorate(handle: Callable[[Frame, Deps], dict[str, Any] | None]) -> LambdaHandler:
        @wraps(handle)
        def invoke(event: dict[str, Any], _context: object) -> dict[str, Any]:
            try:
                answer = handle(frame_of(event), wire())
            except Exception:
                observability.count("Errors")
                observability.logger().exception("failed")
                # A connection that could not be noted is refused; one that is open goes on.
                if event["requestContext"].get("eventType") == "CONNECT":
                    return {"statusCode": int(HTTPStatus.INTERNAL_SERVER_ERROR)}
                answer = {"type": "error", "code": "internal", "detail": "Try again in a second."}
            body = {} if answer is None else {"body": json.dumps(answer, separators=(",", ":"))}
            return {"statusCode": int(HTTPStatus.OK), **body}

        return _measured(invoke)

    return decorate


def scheduled(
    wire: Callable[[], tuple[Bus, Deps]],
) -> Callable[[Callable[[Deps], Iterable[Envelope]]], LambdaHandler]:
    """Makes a function of a schedule; what it answers is published; Lambda retries a failure."""

    def decorate(handle: Callable[[Deps], Iterable[Envelope]]) -> LambdaHandler:
        @wraps(handle)
        def invoke(_event: dict[str, Any], _context: object) -> None:
            bus, deps = wire()
            bus.publish(handle(deps))

        return _measured(invoke)

    return decorate


def direct(
    wire: Callable[[], Deps],
) -> Callable[[Callable[[dict[str, Any], Deps], dict[str, Any]]], LambdaHandler]:
    """Makes a function that operators invoke by name with a JSON document."""

    def decorate(handle: Callable[[dict[str, Any], Deps], dict[str, Any]]) -> LambdaHandler:
        @wraps(handle)
        def invoke(event: dict[str, Any], _context: object) -> dict[str, Any]:
            try:
                return handle(event, wire())
            except ProblemError as problem:
                # An operator's mistake is an answer to read, not a crashed function.
                return {"problem": problem.response().document}

        return _measured(invoke)

    return decorate
