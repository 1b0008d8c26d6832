"""What a reservation becomes when it is told something, and which pieces move with it: pure."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Literal, assert_never

from inventory.domain.moves import Move, Place, moves
from inventory.domain.reservation import Reservation, Status
from shared.decision import Ignored
from shared.errors import UnprocessableError
from shared.events import (
    Envelope,
    EventData,
    OrderCancelled,
    OrderConfirmed,
    OrderPlaced,
    OrderRejected,
    Shortage,
    StockCommitted,
    StockLine,
    StockReleased,
    StockReservationFailed,
    StockReserved,
    compose,
)
from shared.history import Transition, published_for
from shared.ids import TransactionId, command_id

SERVICE = "inventory"


@dataclass(frozen=True)
class Expire:
    """It is time to look whether a reservation has expired."""

    transaction_id: TransactionId


@dataclass(frozen=True)
class StockShort:
    """The moves of `cause` were refused: too little is there of some SKUs."""

    cause: Envelope
    shortages: tuple[Shortage, ...]
    unknown: bool = False
    """Whether some SKU is no product at all."""


Message = Envelope | Expire | StockShort


@dataclass(frozen=True)
class Step:
    """The reservation to commit together with all moves, and then the events to publish."""

    reservation: Reservation
    moves: tuple[Move, ...] = ()
    publish: tuple[Envelope, ...] = ()


Decision = Step | Ignored


def decide(
    reservation: Reservation | None, message: Message, now: datetime, *, holds_for: timedelta
) -> Decision:
    """Answers what the reservation becomes; a new one holds its pieces for `holds_for`."""
    match message:
        case Expire():
            return _expire(reservation, message, now)
        case StockShort():
            return _fail(reservation, message, now)
        case Envelope():
            repeated = published_for(reservation.history, message.event_id) if reservation else None
            if repeated is not None:
                return Ignored("done before", repeated)
            return _hear(reservation, message, now, holds_for)
        case _:
            assert_never(message)


def _hear(
    reservation: Reservation | None, message: Envelope, now: datetime, holds_for: timedelta
) -> Decision:
    match message.data:
        case OrderPlaced() as placed:
            return _reserve(reservation, message, placed, now, holds_for)
        case OrderConfirmed():
            return _commit(reservation, message, now)
        case OrderRejected():
            return _release(reservation, message, "rejected", now)
        case OrderCancelled():
            return _release(reservation, message, "cancelled", now)
        case other:
            raise UnprocessableError(f"inventory has no use for {other.detail_type()}")


def lines_of(placed: OrderPlaced) -> tuple[StockLine, ...]:
    """Answers an order's lines with each SKU once: a shortage is one of all its pieces."""
    wanted: dict[str, int] = {}
    for line in placed.lines:
        wanted[line.sku] = wanted.get(line.sku, 0) + line.quantity
    return tuple(StockLine(sku=sku, quantity=quantity) for sku, quantity in wanted.items())


def _reserve(
    reservation: Reservation | None,
    message: Envelope,
    placed: OrderPlaced,
    now: datetime,
    holds_for: timedelta,
) -> Decision:
    if reservation is not None:
        return Ignored(f"already {reservation.status}")
    lines, expires_at = lines_of(placed), now + holds_for
    fresh = Reservation(
        transaction_id=message.transaction_id,
        status=Status.RESERVED,
        lines=lines,
        expires_at=expires_at,
    )
    event = StockReserved(lines=lines, expires_at=expires_at)
    return _step(fresh, event, message.event_id, now, moves(lines, Place.AVAILABLE, Place.RESERVED))


def _commit(reservation: Reservation | None, message: Envelope, now: datetime) -> Decision:
    if reservation is None:
        raise UnprocessableError("the order is confirmed, but nothing was ever reserved for it")
    match reservation.status:
        case Status.RESERVED:
            source = Place.RESERVED
        case Status.EXPIRED:
            source = Place.AVAILABLE
        case Status.COMMITTED | Status.RELEASED | Status.FAILED:
            return Ignored(f"already {reservation.status}")
    committed = reservation.model_copy(update={"status": Status.COMMITTED})
    event = StockCommitted(lines=reservation.lines)
    moved = moves(reservation.lines, source, Place.SOLD)
    return _step(committed, event, message.event_id, now, moved)


def _release(
    reservation: Reservation | None,
    message: Envelope,
    reason: Literal["rejected", "cancelled"],
    now: datetime,
) -> Decision:
    if reservation is None:
        reservation = Reservation(transaction_id=message.transaction_id, status=Status.RELEASED)
    lines, source = reservation.lines, Place.RESERVED
    match reservation.status:
        case Status.FAILED:
            return Ignored("nothing is held, and orders knows")
        case Status.RESERVED:
            pass
        case Status.COMMITTED:
            source = Place.SOLD
        case Status.EXPIRED | Status.RELEASED:
            lines = ()
    released = reservation.model_copy(update={"status": Status.RELEASED})
    event = StockReleased(lines=lines, reason=reason)
    return _step(released, event, message.event_id, now, moves(lines, source, Place.AVAILABLE))


def _expire(reservation: Reservation | None, message: Expire, now: datetime) -> Decision:
    if reservation is None or reservation.status is not Status.RESERVED:
        return Ignored("nothing is reserved")
    if reservation.expires_at is None or now < reservation.expires_at:
        return Ignored("not yet expired")
    expired = reservation.model_copy(update={"status": Status.EXPIRED})
    event = StockReleased(lines=reservation.lines, reason="expired")
    cause = command_id(message.transaction_id, "expire")
    moved = moves(reservation.lines, Place.RESERVED, Place.AVAILABLE)
    return _step(expired, event, cause, now, moved)


def _fail(reservation: Reservation | None, message: StockShort, now: datetime) -> Decision:
    """Records that an order's pieces could not be had, at its placing or at its confirmation."""
    if reservation is None:
        reservation = Reservation(transaction_id=message.cause.transaction_id, status=Status.FAILED)
    elif reservation.status is not Status.EXPIRED:
        return Ignored(f"already {reservation.status}")
    failed = reservation.model_copy(update={"status": Status.FAILED})
    code: Literal["shortage", "unknown_sku"] = "unknown_sku" if message.unknown else "shortage"
    event = StockReservationFailed(code=code, shortages=message.shortages)
    return _step(failed, event, message.cause.event_id, now)


def _step(
    reservation: Reservation,
    event: EventData,
    cause: str,
    now: datetime,
    moved: tuple[Move, ...] = (),
) -> Step:
    """Answers the step with its transition on record."""
    envelope = compose(
        event, service=SERVICE, transaction_id=reservation.transaction_id, cause=cause, now=now
    )
    publish = (*_maybe_untold(reservation), envelope)
    transition = Transition.of(cause, now, publish)
    recorded = reservation.model_copy(update={"history": (*reservation.history, transition)})
    return Step(recorded, moved, publish)


def _maybe_untold(reservation: Reservation) -> tuple[Envelope, ...]:
    """Answers the expiry, when that was the last step: a sweep that dies tells nobody of it.

    A message would be delivered again until its events are out. Repeated by the verdict, which
    comes for every order.
    """
    expiry = command_id(reservation.transaction_id, "expire")
    last = reservation.history[-1] if reservation.history else None
    return last.published if last is not None and last.cause == expiry else ()
