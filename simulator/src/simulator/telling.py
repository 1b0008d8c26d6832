"""What must hold of all that was told: the same on every channel, nothing missed or backwards."""

import json
from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

from notifications.domain.fold import fold
from notifications.domain.update import update
from shared.events import Envelope
from simulator.faults import NONE
from simulator.stacks import STAGE
from simulator.violations import Violation
from simulator.world import World

Journals = Mapping[str, tuple[Envelope, ...]]
Document = dict[str, Any]


@dataclass
class Story:
    """One order as its journal has it: what every channel has to tell of it."""

    transaction_id: str
    entries: Sequence[Envelope]
    notices: list[tuple[Document, Mapping[str, Any]]] = field(default_factory=list)
    """What SNS was told: documents and attributes."""

    _views: dict[int, Document] = field(default_factory=dict)

    def view(self, sequence: int) -> Document:
        """Answers the update at a sequence."""
        if sequence not in self._views:
            told = update(self.transaction_id, self.entries, after=0, sequence=sequence)
            document = told.model_dump(mode="json", exclude_none=True)
            self._views[sequence] = _comparable(document)
        return self._views[sequence]

    def says(self, document: Document) -> bool:
        """Whether a document is the update at its sequence."""
        sequence = document["sequence"]
        known = 0 <= sequence <= len(self.entries)
        return known and self.view(sequence) == _comparable(document)

    @cached_property
    def changes(self) -> set[int]:
        """The sequences at which `status` or `final` changed."""
        views = [fold(self.entries[:sequence]) for sequence in range(len(self.entries) + 1)]
        states = [(view.status, view.final) for view in views]
        return {n for n in range(1, len(states)) if states[n] != states[n - 1]}


def _comparable(document: Document) -> Document:
    """Answers a document without what differs from receiver to receiver."""
    return {name: value for name, value in document.items() if name != "from_sequence"}


def check(world: World, journals: Journals) -> Iterator[Violation]:
    """Answers every promise about the channels that was broken."""
    stories = defaultdict[str, Story](lambda: Story("", ()))
    stories.update((name, Story(name, entries)) for name, entries in journals.items())
    for topic in world.cloud.sns.topics.values():
        for notice in topic:
            if notice.attributes["kind"] == "order":
                document = json.loads(notice.message)
                story = stories[document["transaction_id"]]
                story.notices.append((document, notice.attributes))
    yield from _of_followers(world, stories)
    for story in stories.values():
        yield from _of_sns(story, exactly=world.dice.rates == NONE)
        yield from _of_topics(world, story)


def _of_sns(story: Story, *, exactly: bool) -> Iterator[Violation]:
    told = Counter(document["sequence"] for document, _ in story.notices)
    for sequence in story.changes - told.keys():
        yield _violation("SNS is told of every change", f"not of {sequence}", story)
    for sequence in told.keys() - story.changes:
        yield _violation("SNS is told of changes alone", f"of {sequence}", story)
    for document, attributes in story.notices:
        wanted = {"status": document["status"], "final": str(document["final"]).lower()}
        if not story.says(document) or not wanted.items() <= attributes.items():
            yield _violation("every channel tells the same", f"SNS: {document}", story)
    if exactly and any(count > 1 for count in told.values()):
        yield _violation("without faults each change is told once", str(dict(told)), story)


def _of_topics(world: World, story: Story) -> Iterator[Violation]:
    if not story.entries:
        return
    kept = world.cloud.iot.retained.get(f"orderbus/{STAGE}/orders/{story.transaction_id}")
    told = None if kept is None else _comparable(json.loads(kept.payload))
    if told != story.view(len(story.entries)):
        yield _violation("the topic retains the last update", str(told), story)


def _of_followers(world: World, stories: Mapping[str, Story]) -> Iterator[Violation]:
    for following in world.followings:
        story, heard = stories[following.transaction_id], following.sequences
        if heard != sorted(heard):
            yield _violation("no connection is told backwards", str(heard), story)
        if following.lasts and heard[-1:] != [len(story.entries)]:
            detail = f"{heard}, not {len(story.entries)}"
            yield _violation("a follower gets the last update", detail, story)
        for told in following.updates:
            if "status" in told and not story.says(told):
                yield _violation("every channel tells the same", f"WebSocket: {told}", story)


def _violation(promise: str, detail: str, story: Story) -> Violation:
    return Violation(promise, detail, story.transaction_id)
