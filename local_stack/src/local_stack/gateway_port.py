"""Which port the local AWS listens on."""

import socket

from local_stack.errors import PortInUseError

DEFAULT_PORT = 4600
"""Used when free, so that yesterday's addresses stay valid."""

HOST = "127.0.0.1"


def choose_port(asked_for: int | None) -> int:
    """Answers the port asked for, else the default one, else any free one.

    A port that was asked for and is taken is an error, not a reason to take another.
    """
    if asked_for is not None:
        if is_free(asked_for):
            return asked_for
        raise PortInUseError(
            f"Port {asked_for} is in use. Choose another (make run PORT={asked_for + 1}), "
            "or leave PORT out and a free one is taken."
        )
    return DEFAULT_PORT if is_free(DEFAULT_PORT) else any_free_port()


def is_free(port: int) -> bool:
    """Says whether nothing on this machine listens on the port."""
    with socket.socket(socket.AF_INET, socket.SOCK_STREAM) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((HOST, port))
        except OSError:
            return False
        return True


def any_free_port() -> int:
    """Answers a port that the operating system says is free."""
    with socket.socket(socket.AF_INET, socket.SOCK_STREAM) as probe:
        probe.bind((HOST, 0))
        port: int = probe.getsockname()[1]
        return port
