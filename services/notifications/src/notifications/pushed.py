"""What a worker has told lately."""

from collections import OrderedDict
from dataclasses import dataclass, field

REMEMBERED = 10_000
"""Things that a worker remembers."""


@dataclass
class Pushed:
    """What was told to whom: a burst of messages is one push, and a retry tells the others only.

    Another worker, or one that forgot, tells the same again; receivers know it by its sequence.
    """

    _names: OrderedDict[str, None] = field(default_factory=OrderedDict)

    def has(self, name: str) -> bool:
        """Says whether that was told."""
        return name in self._names

    def note(self, name: str) -> None:
        """Remembers that it was."""
        self._names[name] = None
        self._names.move_to_end(name)
        while len(self._names) > REMEMBERED:
            self._names.popitem(last=False)
