import sys

import pytest

from orderbus import browsing


@pytest.mark.parametrize(
    ("asked_for", "terminal", "display", "opened"),
    [
        (None, True, ":0", True),
        (None, True, "", False),
        (None, False, ":0", False),
        (True, False, "", True),
        (False, True, ":0", False),
    ],
)
def test_the_shop_is_opened_for_a_person_with_a_display_or_as_asked(
    monkeypatch: pytest.MonkeyPatch,
    asked_for: bool | None,  # noqa: FBT001 -- the option's three values
    terminal: bool,  # noqa: FBT001
    display: str,
    opened: bool,  # noqa: FBT001
) -> None:
    monkeypatch.setattr(sys, "platform", "linux")
    monkeypatch.setattr(sys.stdout, "isatty", lambda: terminal)
    monkeypatch.setenv("DISPLAY", display)
    monkeypatch.delenv("WAYLAND_DISPLAY", raising=False)

    assert browsing.is_wanted(asked_for) is opened
