"""Takes the frames of WebSocket connections: subscribe, unsubscribe, ping."""

from dataclasses import dataclass
from http import HTTPStatus
from typing import Annotated, Literal, Self

from pydantic import Field, TypeAdapter, ValidationError, model_validator

from notifications.domain.feeds import OPERATIONS, Feed, Kind
from notifications.domain.work import OrderFollowed, ProductFollowed
from notifications.followers import Followers
from notifications.frames import error_frame
from notifications.owning import check_owner
from notifications.ports import Document, GoneError, Journal, Pushes, TooManyError
from shared.callers import OPERATE, Callers
from shared.errors import RetryableError
from shared.events import Contract
from shared.events.orders import Sku
from shared.http import ProblemError
from shared.identity import is_loopback
from shared.ids import TransactionId
from shared.observability import count, logger
from shared.sockets import Frame
from shared.tokens import InvalidTokenError

LONGEST_TOKEN = 8192


@dataclass(frozen=True)
class Deps:
    """What taking frames needs."""

    callers: Callers
    followers: Followers
    journal: Journal
    pushes: Pushes
    open_to_loopback: bool
    """Whether operators on the machine itself need no token."""


class Named(Contract):
    """What a frame is about: exactly one of an order, a product and the operators' feed."""

    transaction_id: TransactionId | None = None
    product: Sku | None = None
    operations: Literal[True] | None = None

    @model_validator(mode="after")
    def _names_one(self) -> Self:
        named = [self.transaction_id, self.product, self.operations]
        if sum(name is not None for name in named) != 1:
            raise ValueError("name one of transaction_id, product and operations")
        return self

    @property
    def feed(self) -> Feed:
        """The feed that is named."""
        if self.transaction_id is not None:
            return Feed(Kind.ORDER, self.transaction_id)
        return OPERATIONS if self.product is None else Feed(Kind.PRODUCT, self.product)

    @property
    def about(self) -> Document:
        """The same as it was named, for the answer."""
        return self.model_dump(
            include={"transaction_id", "product", "operations"}, exclude_none=True
        )


class Subscribe(Named):
    """Asks to be told."""

    action: Literal["subscribe"]
    token: str = Field(default="", max_length=LONGEST_TOKEN)
    after: int = Field(default=0, ge=0, le=10**9)


class Unsubscribe(Named):
    """Asks to be told no more."""

    action: Literal["unsubscribe"]


class Ping(Contract):
    """Keeps the connection awake."""

    action: Literal["ping"]


Message = Subscribe | Unsubscribe | Ping
_message: TypeAdapter[Message] = TypeAdapter(Annotated[Message, Field(discriminator="action")])


def take(frame: Frame, deps: Deps) -> Document | None:
    """Answers the frame to send back; None: what was asked for comes by the pushes."""
    try:
        message = _message.validate_json(frame.body)
    except ValidationError as error:
        return error_frame("bad-message", _first(error))
    match message:
        case Ping():
            return {"type": "pong"}
        case Unsubscribe():
            deps.followers.unfollow(frame.connection_id, message.feed)
            return {"type": "unsubscribed", **message.about}
        case Subscribe():
            return _subscribed(frame, message, deps)


def _first(error: ValidationError) -> str:
    """Answers what is wrong first, without what was sent: it may hold a token."""
    first = error.errors(include_input=False, include_url=False, include_context=False)[0]
    if first["type"] == "union_tag_invalid":  # its words quote what was sent
        return "action: must be subscribe, unsubscribe or ping"
    where = ".".join(str(part) for part in first["loc"])
    return f"{where}: {first['msg']}" if where else first["msg"]


def _subscribed(frame: Frame, message: Subscribe, deps: Deps) -> Document | None:
    logger().append_keys(transaction_id=message.transaction_id)
    try:
        _check(frame, message, deps)
        deps.followers.follow(frame.connection_id, message.feed)
        return _answered(frame, message, deps)
    except InvalidTokenError as error:
        return _refused(message, "invalid-token", str(error), reason=error.reason)
    except ProblemError as problem:
        return _refused(message, problem.code, problem.detail)
    except TooManyError as error:
        return _refused(message, "too-many", str(error))
    except RetryableError:
        logger().exception("try again")
        return _refused(message, "busy", "Try again in a second.")
    except GoneError:
        return None


def _refused(message: Subscribe, code: str, detail: str, **more: str) -> Document:
    count("Refused")
    logger().info("refused", code=code)
    return error_frame(code, detail, **message.about, **more)


def _check(frame: Frame, message: Subscribe, deps: Deps) -> None:
    """Raises unless the frame's token opens what it names."""
    if message.product is not None:
        return
    if message.operations:
        _check_operator(frame, message, deps)
        return
    caller = deps.callers.identify(message.token)
    wanted = message.feed.name
    caller.check(wanted, "read")
    if caller.customer is not None:
        check_owner(caller, deps.journal.read(wanted))


def _check_operator(frame: Frame, message: Subscribe, deps: Deps) -> None:
    if deps.open_to_loopback and is_loopback(frame.source_ip):
        return
    if OPERATE not in deps.callers.identify(message.token).scopes:
        raise ProblemError(HTTPStatus.FORBIDDEN, "scope", "The token is no operator's.")


def _answered(frame: Frame, message: Subscribe, deps: Deps) -> Document | None:
    """Queues what the connection gets first: behind what is being pushed, before what follows."""
    match message.feed:
        case (Kind.ORDER, transaction_id):
            deps.pushes.send(
                OrderFollowed(
                    transaction_id=transaction_id,
                    connection_id=frame.connection_id,
                    after=message.after,
                    frame_id=frame.id,
                )
            )
        case (Kind.PRODUCT, sku):
            deps.pushes.send(
                ProductFollowed(sku=sku, connection_id=frame.connection_id, frame_id=frame.id)
            )
        case _:
            return {"type": "subscribed", "operations": True}
    return None
