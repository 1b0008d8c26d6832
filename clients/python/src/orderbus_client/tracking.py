"""Following one order to its end: every step once and in order, on whichever channel works."""

import asyncio
import itertools
from collections.abc import AsyncGenerator, Mapping

from orderbus_client.channels import Channels, Heard
from orderbus_client.documents import Update
from orderbus_client.errors import UnreachableError
from orderbus_client.http_api import HttpApi
from orderbus_client.pacing import Pace


class Tracking:
    """One order as one reader follows it; `last` is the sequence that the reader has."""

    def __init__(
        self, api: HttpApi, pace: Pace, transaction_id: str, token: str, *, after: int
    ) -> None:
        self.last = after
        self._api = api
        self._pace = pace
        self._id = transaction_id
        self._token = token

    def details(self) -> Mapping[str, object]:
        """Answers what a subscription says beside the order."""
        return {"token": self._token, "after": self.last}

    async def updates(self, channels: Channels, *, every: bool) -> AsyncGenerator[Update, None]:
        """Yields what the reader has not got yet, up to the final update."""
        while True:
            heard = await channels.next(self.last)
            while heard.sequence > self.last:
                for update in await self._missed(heard, every=every):
                    told = self._told(update)
                    yield told
                    if told["final"]:
                        return
            if heard.final:  # and the reader had it already
                return

    def _told(self, update: Update) -> Update:
        """Answers the update as it is on every channel, whatever the sender took us to have."""
        told: Update = {**update, "from_sequence": self.last}
        self.last = update["sequence"]
        return told

    async def _missed(self, heard: Heard, *, every: bool) -> list[Update]:
        """Answers the next of what leads to what was heard: at least one, in order."""
        if heard.update is not None and (not every or heard.sequence == self.last + 1):
            return [heard.update]
        for attempt in itertools.count():
            updates = await self._fetched(every=every)
            if updates:
                return updates
            await asyncio.sleep(self._pace.backoff(attempt))
        raise AssertionError  # count() has no end

    async def _fetched(self, *, every: bool) -> list[Update]:
        try:
            if not every:
                newest = await self._api.newest(self._id, self._token, self.last)
                return [newest] if newest["sequence"] > self.last else []
            steps = await self._api.steps(self._id, self._token, self.last)
        except UnreachableError:
            return []  # following an order never gives up
        return _gapless(steps, self.last)


def _gapless(steps: list[Update], last: int) -> list[Update]:
    """Answers the steps that follow the last one directly; a page is asked for again for others."""
    found: list[Update] = []
    for step in sorted(steps, key=lambda each: each["sequence"]):
        if step["sequence"] == last + len(found) + 1:
            found.append(step)
    return found
