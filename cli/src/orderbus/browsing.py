"""Opens the shop in the browser of whoever sits at this machine."""

import os
import sys
import webbrowser


def is_wanted(asked_for: bool | None) -> bool:  # noqa: FBT001 -- the option's three values
    """Answers what was asked for; else whether a person with a display started this."""
    if asked_for is not None:
        return asked_for
    return sys.stdout.isatty() and _has_display()


def show(url: str) -> None:
    """Opens the address; a machine without a browser is none the worse."""
    webbrowser.open(url)


def _has_display() -> bool:
    """Whether a window can be shown: a browser inside the terminal would take it over."""
    return sys.platform == "darwin" or any(
        os.environ.get(name) for name in ("DISPLAY", "WAYLAND_DISPLAY")
    )
