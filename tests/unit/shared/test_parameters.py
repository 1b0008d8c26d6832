from typing import Any

from fakes_shared import FakeClock

from shared.parameters import CachedParameter


class Parameters:
    """SSM as far as it is used."""

    reads = 0

    def get_parameter(self, **asked: Any) -> dict[str, Any]:  # noqa: ANN401 - boto3's form
        assert asked == {"Name": "/secret", "WithDecryption": True}
        self.reads += 1
        return {"Parameter": {"Value": f"secret-{self.reads}"}}


def test_a_parameter_is_read_again_after_five_minutes() -> None:
    clock = FakeClock()
    secret = CachedParameter(Parameters(), "/secret", clock)
    assert [secret(), secret()] == ["secret-1", "secret-1"]
    clock.forward(300)
    assert secret() == "secret-1"
    clock.forward(1)
    assert secret() == "secret-2"
