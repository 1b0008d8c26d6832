"""Where things lie in a checkout."""

import shutil
from pathlib import Path

from local_stack.errors import BuildError, EmulatorError

ROOT = Path(__file__).resolve().parents[3]
"""The folder of pyproject.toml: the packages are installed editable from it."""

DEFAULT_STATE = ROOT / ".local"
BUILD = ROOT / ".build"
LAYER_LOCK = ROOT / "requirements" / "layer.lock"

SERVICES = ("inventory", "payments", "orders", "notifications")
"""In the order in which they are deployed: orders asks the first two to take part."""

STACKS = ("shared", *SERVICES)


def stack_folder(stack: str) -> Path:
    """Answers the folder that holds a stack's template."""
    return ROOT / "shared" if stack == "shared" else ROOT / "services" / stack


def uv() -> Path:
    """Answers the uv that the bootstrap environment pins, else the one on the path."""
    pinned = ROOT / ".venvs" / "bootstrap" / "bin" / "uv"
    if pinned.exists():
        return pinned
    found = shutil.which("uv")
    if found is None:
        raise BuildError("uv is not set up. Run: make setup")
    return Path(found)


def ministack_python() -> Path:
    """Answers the interpreter of MiniStack's own environment."""
    python = ROOT / ".venvs" / "ministack" / "bin" / "python"
    if not python.exists():
        raise EmulatorError("MiniStack is not set up. Run: make setup")
    return python
