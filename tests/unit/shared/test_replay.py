import pytest

from shared import replay
from shared.errors import ReplayRefusedError


def test_a_live_event_may_act() -> None:
    replay.refuse("a charge")
    with replay.handling(None):
        replay.refuse("a charge")


def test_a_replayed_event_may_not_act_and_the_refusal_names_effect_and_replay() -> None:
    with (
        replay.handling("drill"),
        pytest.raises(ReplayRefusedError, match=r"a charge refused.*'drill'"),
    ):
        replay.refuse("a charge")


def test_the_wall_is_down_again_after_a_replayed_event_even_one_that_failed() -> None:
    with pytest.raises(ZeroDivisionError), replay.handling("drill"):
        raise ZeroDivisionError
    replay.refuse("a charge")


def test_a_live_event_inside_does_not_tear_the_wall_down_around_it() -> None:
    with replay.handling("drill"):
        with replay.handling(None):
            replay.refuse("a charge")
        with pytest.raises(ReplayRefusedError):
            replay.refuse("a charge")
