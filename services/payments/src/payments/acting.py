"""The sandbox's bank: a shopper confirms a payment there, or refuses to.

It stands for a site of the provider's own, and for the notice that the provider sends then. What
opens a payment there is drawn at random and told with the order alone: who knows it may act.
"""

from dataclasses import dataclass
from http import HTTPStatus
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field

from payments.domain.messages import ActionDone
from payments.domain.payment import Operation
from payments.paying import Deps as PayingDeps
from payments.paying import key, work
from payments.sandbox import SandboxProvider
from shared.bus import Bus
from shared.http import ProblemError, Request, Response
from shared.ids import TransactionId

Outcome = Literal["succeeded", "failed"]


@dataclass(frozen=True)
class Deps:
    """What acting for a shopper needs."""

    paying: PayingDeps
    sandbox: SandboxProvider
    bus: Bus


class Act(BaseModel):
    """What the shopper does at the bank."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    outcome: Outcome = Field(description="`succeeded`: confirms the payment; `failed`: refuses to.")


class Acted(BaseModel):
    """What the shopper has done, now or before."""

    outcome: Outcome


def finish(request: Request, deps: Deps) -> Response:
    """Answers 200 once what the shopper did is committed and published; the same again later.

    Raises a ProblemError for an action that was never given out (404), and for one that has ended
    otherwise (409): the first answer stays, and an order that is given up waits for none.
    """
    wanted = request.parsed(Act).outcome
    transaction_id = deps.sandbox.transaction_of(request.path["action_id"])
    if transaction_id is None:
        raise ProblemError(HTTPStatus.NOT_FOUND, "unknown-action", "There is no such action.")
    if not settle(transaction_id, wanted, deps):
        raise ProblemError(
            HTTPStatus.CONFLICT, "action-over", "The action has ended otherwise before."
        )
    return Response(HTTPStatus.OK, Acted(outcome=wanted).model_dump(mode="json"))


def settle(transaction_id: TransactionId, outcome: Outcome, deps: Deps) -> bool:
    """Has the books and the payment follow the shopper; says whether the outcome stands.

    Returns when what it leads to is committed and published, also if that was tried before.
    """
    stands = deps.sandbox.act(
        key(transaction_id, Operation.AUTHORIZE), succeeds=outcome == "succeeded"
    )
    deps.bus.publish(work(transaction_id, ActionDone(transaction_id), deps.paying))
    return stands
