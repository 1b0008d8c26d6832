"""The dead-letter queues of notifications: what its rule or its inbox gave up on."""

from collections.abc import Iterable

from notifications import wiring
from shared import entrypoint
from shared.dead_letters import DeadLetter, Parking, park
from shared.events import Envelope


@entrypoint.dead_letters(wiring.dead_letters)
def handler(letter: DeadLetter, parking: Parking) -> Iterable[Envelope]:
    """Parks the message and answers what is to be published before it is acknowledged."""
    return park(letter, parking)
