"""The errors a person at the keyboard meets; each says the way out.

LocalStackError
├── PortInUseError        another program listens on the port that was asked for
├── StateInUseError       another run works on the same data
├── EmulatorError         MiniStack did not start, or died
├── BuildError            an artefact could not be built
├── DeployError           a stack failed, with the resource and the reason
└── KeyRingError          the keys of a stage can't be changed so
"""


class LocalStackError(Exception):
    """Something that the person who started the stack can put right."""


class PortInUseError(LocalStackError):
    """Another program listens on the port that was asked for."""


class StateInUseError(LocalStackError):
    """Another run works on the same data."""


class EmulatorError(LocalStackError):
    """MiniStack did not start, or died."""


class BuildError(LocalStackError):
    """An artefact could not be built."""


class DeployError(LocalStackError):
    """A stack failed; the message names the resource and the reason."""


class KeyRingError(LocalStackError):
    """The keys of a stage can't be changed so; the message says what comes first."""
