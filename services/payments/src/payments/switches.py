"""The sandbox provider's switches: what operators have it do, whatever the payment method says."""

from enum import StrEnum
from typing import Protocol

from pydantic import BaseModel, ConfigDict, Field


class Authorizing(StrEnum):
    """What becomes of every payment that begins from now on."""

    AS_ASKED = "as_asked"
    APPROVE = "approve"
    DECLINE = "decline"
    SLOW = "slow"
    OUTAGE = "outage"
    ACTION_REQUIRED = "action_required"


class Capturing(StrEnum):
    """What becomes of every capture that was not answered yet."""

    AS_ASKED = "as_asked"
    SUCCEED = "succeed"
    FAIL = "fail"


class Switches(BaseModel):
    """The sandbox provider's switches; `as_asked` leaves it to each order's payment method."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    authorize: Authorizing = Field(
        description=(
            "What becomes of payments that begin from now on. `outage` lasts until it is switched "
            "off: orders wait and then go on."
        )
    )
    capture: Capturing = Field(description="What becomes of captures that come from now on.")


UNTOUCHED = Switches(authorize=Authorizing.AS_ASKED, capture=Capturing.AS_ASKED)


class Switchboard(Protocol):
    """Where the switches are."""

    def read(self) -> Switches:
        """Answers the switches as they were turned last."""

    def turn(self, switches: Switches) -> None:
        """Turns the switches; of two who do so at once the last one wins."""
