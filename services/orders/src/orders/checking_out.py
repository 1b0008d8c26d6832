"""Takes a checkout: priced, committed, published, answered before anybody works on it."""

import re
from dataclasses import dataclass
from datetime import timedelta
from http import HTTPStatus

from orders.domain.checkout import (
    Checkout,
    KnownShortage,
    OtherCurrency,
    OtherTotal,
    Priced,
    TooMany,
    UnknownSkus,
    appraise,
)
from orders.domain.decide import decide, unheard
from orders.domain.messages import PlaceOrder
from orders.domain.order import Order
from orders.ports import Catalogue, Orders, SignIn, TokenSigner
from orders.publishing import publish_after_commit
from orders.representing import Accepted, Addresses, links
from orders.signing_in import customer_of, identity_of, on_behalf
from shared.bus import Bus
from shared.clock import Clock
from shared.decision import Changed
from shared.errors import ConflictError
from shared.http import FieldError, ProblemError, Request, Response
from shared.ids import TransactionId
from shared.observability import count, logger

KEY_HEADER = "Idempotency-Key"
# At least 122 random bits: a UUID, or 22 characters of base64url. Whoever knows a guest's key and
# body gets that order's token.
STRONG_KEY = re.compile(r"[A-Za-z0-9_-]{22,128}")


@dataclass(frozen=True)
class Deps:
    """What taking a checkout needs."""

    orders: Orders
    catalogue: Catalogue
    signer: TokenSigner
    sign_in: SignIn | None
    """None: this stage knows no shoppers but by what they claim."""
    bus: Bus
    now: Clock
    addresses: Addresses
    deadline_in: timedelta
    required_segments: tuple[str, ...]


def check_out(request: Request, deps: Deps) -> Response:
    """Answers 202 once the order is committed; the same key and body always the same."""
    key, customer = _key(request), customer_of(request, deps.sign_in)
    identity = identity_of(customer, key)
    logger().append_keys(transaction_id=identity)
    checkout = on_behalf(request.parsed(Checkout), customer, deps.sign_in)
    appraisal = appraise(checkout, deps.catalogue.find(checkout.quantities()))
    if not isinstance(appraisal, Priced):
        # A retry of an accepted checkout gets its answer whatever prices and stock are by now.
        earlier = deps.orders.load(identity)
        if earlier is None:
            raise _refusal(appraisal, checkout)
        return _accepted(_same(earlier, checkout), deps)
    command = _command(identity, checkout, appraisal, deps)
    return _accepted(_commit(command, checkout, deps), deps)


def _key(request: Request) -> str:
    key = request.headers.get(KEY_HEADER.lower(), "")
    if STRONG_KEY.fullmatch(key):
        return key
    raise ProblemError(
        HTTPStatus.BAD_REQUEST,
        "idempotency-key",
        f"Send the header {KEY_HEADER} with a random UUID, the same one when you try again.",
        errors=(FieldError(KEY_HEADER, "must be a UUID or 22 to 128 characters of base64url"),),
    )


def _command(identity: TransactionId, checkout: Checkout, priced: Priced, deps: Deps) -> PlaceOrder:
    return PlaceOrder(
        transaction_id=identity,
        lines=priced.lines,
        total=priced.total,
        payment_method=checkout.payment_method,
        customer_reference=checkout.customer.reference,
        email=checkout.customer.email,
        fingerprint=checkout.fingerprint(),
        required_segments=deps.required_segments,
        deadline_in=deps.deadline_in,
    )


def _commit(command: PlaceOrder, checkout: Checkout, deps: Deps) -> Order:
    """Commits the order unless it exists: its conditional put is the idempotency record."""
    decision = decide(None, command, deps.now())
    if not isinstance(decision, Changed):
        raise TypeError("an order that does not exist can be placed")
    try:
        deps.orders.save(decision.state)
    except ConflictError:
        earlier = deps.orders.load(command.transaction_id)
        if earlier is None:
            raise
        return _same(earlier, checkout)
    count("OrdersPlaced")
    logger().info("placed", lines=len(decision.state.lines))
    return decision.state


def _same(earlier: Order, checkout: Checkout) -> Order:
    if earlier.fingerprint == checkout.fingerprint():
        return earlier
    raise ProblemError(
        HTTPStatus.UNPROCESSABLE_ENTITY,
        "idempotency-key-reused",
        f"This {KEY_HEADER} was used for another checkout; use a new one for a new order.",
        errors=(FieldError(KEY_HEADER, "belongs to another body"),),
    )


def _accepted(order: Order, deps: Deps) -> Response:
    """Publishes the order while nobody has reacted to it, and answers its shopper.

    A retry does so, too: the first call may have died between its commit and its publication.
    """
    publish_after_commit(deps.bus, unheard(order))
    answer = Accepted(
        transaction_id=order.transaction_id,
        tracking_token=deps.signer.sign(order.transaction_id, order.placed_at),
        links=links(deps.addresses, order.transaction_id),
    )
    location = {"location": answer.links.self}
    return Response(HTTPStatus.ACCEPTED, answer.model_dump(mode="json"), location)


def _refusal(
    appraisal: UnknownSkus | TooMany | OtherTotal | OtherCurrency | KnownShortage,
    checkout: Checkout,
) -> ProblemError:
    match appraisal:
        case UnknownSkus(skus):
            return _bad_lines(checkout, skus, "unknown-sku", "names no product of this shop")
        case TooMany(skus):
            return _bad_lines(checkout, skus, "too-many", "is more than one order may hold")
        case OtherCurrency(currency):
            return ProblemError(
                HTTPStatus.UNPROCESSABLE_ENTITY,
                "currency",
                f"These products are sold in {currency}.",
                errors=(FieldError("expected_total.currency", f"must be {currency}"),),
            )
        case OtherTotal(priced):
            return ProblemError(
                HTTPStatus.CONFLICT,
                "price-changed",
                "The total is another one by now: show the shopper the new prices.",
                errors=(FieldError("expected_total", "differs from `total`"),),
                members={
                    "total": priced.total.model_dump(),
                    "lines": [line.model_dump() for line in priced.lines],
                },
            )
        case KnownShortage(shortages):
            return ProblemError(
                HTTPStatus.CONFLICT,
                "shortage",
                f"Not enough in stock: {', '.join(s.sku for s in shortages)}.",
                members={"shortages": [s.model_dump() for s in shortages]},
            )


def _bad_lines(checkout: Checkout, skus: tuple[str, ...], code: str, detail: str) -> ProblemError:
    errors = tuple(
        FieldError(f"lines.{number}.sku", f"{line.sku} {detail}")
        for number, line in enumerate(checkout.lines)
        if line.sku in skus
    )
    return ProblemError(
        HTTPStatus.UNPROCESSABLE_ENTITY, code, f"{', '.join(skus)} {detail}.", errors=errors
    )
