from dataclasses import dataclass, field

from fakes_notifications import Notifications
from fakes_shared import FakeClock
from project import functions, resources

from notifications import announcing, posting
from notifications.announcing import Announcement, Announcing, Channel, update_id
from notifications.pushed import REMEMBERED, Pushed


@dataclass
class Slow:
    """Takes its time, and notes what it was told."""

    clock: FakeClock
    seconds: float
    told: list[str] = field(default_factory=list)

    def about(self, group: str, channel: Channel) -> Announcement:
        def announce() -> None:
            self.told.append(f"{channel}:{group}")
            self.clock.forward(self.seconds)

        return Announcement(group, channel, f"{group}:1", announce)


def _announcing(service: Notifications) -> Announcing:
    return service.pushing.announcing


def test_a_channel_that_takes_too_long_gets_the_rest_later_and_takes_nothing_from_others() -> None:
    service = Notifications()
    slow, fast = Slow(service.clock, 10), Slow(service.clock, 0)
    batch = [slow.about(group, Channel.MQTT) for group in ("a", "b", "c")]
    batch += [fast.about(group, Channel.SNS) for group in ("a", "b", "c")]
    assert _announcing(service).announce(batch) == {"b", "c"}
    assert slow.told == ["mqtt:a"]
    assert fast.told == ["sns:a", "sns:b", "sns:c"]
    assert _announcing(service).announce(batch) == {"c"}
    assert _announcing(service).announce(batch) == set()
    assert slow.told == ["mqtt:a", "mqtt:b", "mqtt:c"]
    assert fast.told == ["sns:a", "sns:b", "sns:c"]


def test_a_batch_fits_the_function_while_every_channel_is_out_of_reach() -> None:
    (function,) = (f for f in functions("notifications") if f.logical_id == "OnPushesFunction")
    one_try = 3  # a second to connect, two to read: shared.clients, `once`
    followers_and_operators = 2 * (posting.PATIENCE.total_seconds() + one_try)
    channels = len(Channel) * (announcing.PATIENCE.total_seconds() + one_try)
    budget = function.properties["Timeout"]
    assert followers_and_operators + channels < budget
    queue = resources("notifications", "AWS::SQS::Queue")["PushesQueue"]["Properties"]
    assert queue["VisibilityTimeout"] >= 6 * budget


def test_the_id_of_an_update_follows_from_the_order_and_its_number() -> None:
    assert update_id("t", 1) == update_id("t", 1)
    assert len({update_id("t", 1), update_id("t", 2), update_id("u", 1)}) == 3


def test_a_worker_remembers_so_much_and_forgets_the_oldest_first() -> None:
    pushed = Pushed()
    for number in range(REMEMBERED + 1):
        pushed.note(str(number))
    pushed.note("1")
    assert not pushed.has("0")
    assert pushed.has("1")
    pushed.note("new")
    assert not pushed.has("2")
    assert pushed.has("1")
