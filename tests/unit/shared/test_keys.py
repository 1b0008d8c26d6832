from datetime import timedelta

import pytest
from fakes_shared import FakeClock
from published_keys import PublishedKeys

from shared.errors import RetryableError
from shared.keys import CachedKeys, KeysUnavailableError


def _setup() -> tuple[PublishedKeys, FakeClock, CachedKeys]:
    source, clock = PublishedKeys(), FakeClock()
    return source, clock, CachedKeys(source, clock)


def _knows(keys: CachedKeys, kid: str) -> bool:
    return kid in keys.knowing(kid).by_kid


def test_the_keys_are_read_again_after_five_minutes() -> None:
    source, clock, keys = _setup()
    kid = source.rotate().kid
    for pause, reads in ((0, 1), (299, 1), (1, 2)):
        clock.forward(pause)
        assert _knows(keys, kid)
        assert source.reads == reads


def test_a_key_that_was_just_rotated_in_is_known_within_seconds() -> None:
    source, clock, keys = _setup()
    old = source.rotate().kid
    assert _knows(keys, old)
    new = source.rotate().kid
    assert not _knows(keys, new)
    clock.forward(10)
    assert _knows(keys, new)
    assert _knows(keys, old)


def test_a_key_that_was_withdrawn_is_unknown_after_five_minutes() -> None:
    source, clock, keys = _setup()
    kid = source.rotate().kid
    assert _knows(keys, kid)
    source.withdraw(kid)
    clock.forward(300)
    assert not _knows(keys, kid)


def test_unknown_keys_do_not_make_us_read_at_their_pace() -> None:
    source, clock, keys = _setup()
    source.rotate()
    for pause, reads in ((0, 1), (0, 1), (9.999, 1), (0.001, 2), (0, 2)):
        clock.forward(pause)
        assert not _knows(keys, "stranger")
        assert source.reads == reads


def test_known_keys_go_on_opening_orders_while_no_keys_can_be_read() -> None:
    source, clock, keys = _setup()
    kid = source.rotate().kid
    assert _knows(keys, kid)
    source.out_of_reach = True
    for pause, reads in ((300, 2), (9, 2), (1, 3)):
        clock.forward(pause)
        assert _knows(keys, kid)
        assert source.reads == reads
    source.out_of_reach = False
    source.withdraw(kid)
    clock.forward(10)
    assert not _knows(keys, kid)


def test_unknown_keys_wait_while_no_keys_can_be_read_and_make_us_read_no_sooner() -> None:
    source, clock, keys = _setup()
    assert _knows(keys, source.rotate().kid)
    new = source.rotate().kid
    source.out_of_reach = True
    for pause, reads in ((10, 2), (9, 2), (1, 3), (0, 3)):
        clock.forward(pause)
        with pytest.raises(KeysUnavailableError):
            keys.knowing(new)
        assert source.reads == reads
    source.out_of_reach = False
    clock.forward(10)
    assert _knows(keys, new)


def test_keys_that_were_never_read_are_tried_for_each_second() -> None:
    source, clock, keys = _setup()
    kid = source.rotate().kid
    source.out_of_reach = True
    for pause, reads in ((0, 1), (0.5, 1), (0.5, 2)):
        clock.forward(pause)
        with pytest.raises(RetryableError):
            keys.knowing(kid)
        assert source.reads == reads
    source.out_of_reach = False
    clock.forward(timedelta(seconds=1).total_seconds())
    assert _knows(keys, kid)
